"""Connectors by kind. A third party's package adds one by an entry point in `vouch.connectors`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from pydantic import ValidationError

from connectors.contract import Connector, SourceMisconfigured
from core.errors import ConfigurationError

_GROUP = "vouch.connectors"


class UnknownConnectorKind(ConfigurationError):
    """No installed package offers this kind of connector."""

    title = "Unknown kind of source"


def connector_kinds() -> tuple[str, ...]:
    """The kinds that installed packages offer, sorted; nothing is imported."""
    return tuple(sorted({point.name for point in entry_points(group=_GROUP)}))


def load_connector_type(kind: str) -> type[Connector]:
    """Import the connector of this kind. Raises UnknownConnectorKind."""
    for point in entry_points(group=_GROUP, name=kind):
        loaded: type[Connector] = point.load()
        return loaded
    raise UnknownConnectorKind(
        f"There is no connector of the kind {kind!r}. Installed: {', '.join(connector_kinds())}."
    )


def validated_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with its defaults filled in, as JSON-ready data, without opening anything.

    Raises UnknownConnectorKind, or SourceMisconfigured naming each wrong field.
    """
    config_type = load_connector_type(kind).config_type
    try:
        return config_type.model_validate(config).model_dump(mode="json")
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'config'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise SourceMisconfigured(
            f"The configuration does not fit the kind {kind!r}. {problems}"
        ) from error
