"""Connectors by kind. A third party's package adds one by an entry point in `vouch.connectors`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.context import ConnectorContext
from connectors.contract import Connector, SourceMisconfigured
from core.errors import ConfigurationError

_GROUP = "vouch.connectors"


class UnknownConnectorKind(ConfigurationError):
    """No installed package offers this kind of connector."""

    title = "Unknown kind of source"


class MissingExtra(ConfigurationError):
    """The kind needs a library that is not installed."""

    title = "Missing extra"


def connector_kinds() -> tuple[str, ...]:
    """The kinds that installed packages offer, sorted; nothing is imported."""
    return tuple(sorted({point.name for point in entry_points(group=_GROUP)}))


def load_connector_type(kind: str) -> type[Connector]:
    """Import the connector of this kind. Raises UnknownConnectorKind, MissingExtra."""
    for point in entry_points(group=_GROUP, name=kind):
        try:
            loaded: type[Connector] = point.load()
        except ModuleNotFoundError as error:
            # An extra is named after the kind that needs it.
            raise MissingExtra(
                f"Sources of the kind {kind!r} need {error.name}, which is not installed. "
                f"Install it with: pip install 'vouch[{kind.replace('_', '-')}]'"
            ) from error
        return loaded
    raise UnknownConnectorKind(
        f"There is no connector of the kind {kind!r}. Installed: {', '.join(connector_kinds())}."
    )


def validated_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with its defaults filled in, as JSON-ready data, without opening anything.

    Raises UnknownConnectorKind, MissingExtra, or SourceMisconfigured naming each wrong field.
    """
    config_type = load_connector_type(kind).config_type
    return _validated(config_type, config, kind=kind, what="config").model_dump(mode="json")


def validated_credentials(kind: str, credentials: dict[str, Any]) -> dict[str, Any]:
    """Credentials as JSON-ready data: with their secrets in the clear, to be encrypted at once.

    Raises what `validated_config` raises; the message never repeats a value.
    """
    credentials_type = load_connector_type(kind).credentials_type
    if credentials_type is None:
        raise SourceMisconfigured(f"Sources of the kind {kind!r} take no credentials.")
    model = _validated(credentials_type, credentials, kind=kind, what="credentials")
    return {name: _in_the_clear(getattr(model, name)) for name in credentials_type.model_fields}


def open_connector(
    kind: str,
    config: dict[str, Any],
    *,
    credentials: dict[str, Any] | None,
    context: ConnectorContext,
) -> Connector:
    """A connector from stored data; the caller closes it.

    Raises UnknownConnectorKind, MissingExtra, SourceMisconfigured.
    """
    connector_type = load_connector_type(kind)
    valid_credentials = None
    if credentials is not None and connector_type.credentials_type is not None:
        valid_credentials = _validated(
            connector_type.credentials_type, credentials, kind=kind, what="credentials"
        )
    valid_config = _validated(connector_type.config_type, config, kind=kind, what="config")
    return connector_type.open(valid_config, valid_credentials, context)


def _validated(
    model_type: type[BaseModel], data: dict[str, Any], *, kind: str, what: str
) -> BaseModel:
    try:
        return model_type.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or what}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        noun = "configuration does" if what == "config" else "credentials do"
        # Without its cause, which holds the input, where that may be a secret.
        raise SourceMisconfigured(f"The {noun} not fit the kind {kind!r}. {problems}") from None


def _in_the_clear(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value
