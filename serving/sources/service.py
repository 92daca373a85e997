"""Registering a source: checks that need the connector's own schema."""

from __future__ import annotations

from typing import Any

from connectors.registry import (
    MissingExtra,
    connector_kinds,
    load_connector_type,
    validated_config,
    validated_credentials,
)
from core.catalog.models import Source
from core.identity import Caller, Right
from core.sources import SourceSettings, SourceStore
from serving.sources.schemas import SourceKind, SourceRequest, SourceUpdate, SyncSettings


def register_source(sources: SourceStore, caller: Caller, request: SourceRequest) -> Source:
    """Validate the configuration and store the source; nothing is read yet.

    Raises NotAllowed, UnknownConnectorKind, SourceMisconfigured, SourceNameTaken,
    InvalidAccessToken, InvalidSchedule.
    """
    caller.require(Right.MANAGE_OWN_SOURCES)
    _require_right_to_read(caller, request.kind, request.config)
    _require_right_to_open(caller, request.sync)
    return sources.register(
        caller,
        name=request.name,
        kind=request.kind,
        config=validated_config(request.kind, request.config),
        acl=request.acl,
        sensitivity=request.sensitivity,
        owner_name=request.owner.name,
        owner_contact=request.owner.contact,
        credentials=_credentials(request.kind, request.credentials),
        settings=_settings(request.kind, request.sync, fill_in=True),
    )


def update_source(
    sources: SourceStore, caller: Caller, source_id: str, request: SourceUpdate
) -> Source:
    """Change a source. Raises SourceNotFound, NotAllowed, SourceMisconfigured,
    InvalidAccessToken, InvalidSchedule.
    """
    source = sources.get_source(caller, source_id)
    if request.sync is not None:
        _require_right_to_open(caller, request.sync)
    config = None
    if request.config is not None or request.acl is not None:
        _require_right_to_read(caller, source.kind, request.config or source.config)
    if request.config is not None:
        # What an admin opened was opened for the system that the admin saw.
        if source.allow_private_network or source.groups_schedule is not None:
            caller.require(Right.ADMINISTER)
        config = validated_config(source.kind, request.config)
    return sources.update(
        caller,
        source_id,
        config=config,
        acl=request.acl,
        owner_name=request.owner.name if request.owner else None,
        owner_contact=request.owner.contact if request.owner else None,
        credentials=_credentials(source.kind, request.credentials),
        settings=None if request.sync is None else _settings(source.kind, request.sync),
    )


def describe_kinds() -> list[SourceKind]:
    """Every installed kind, by name; one whose extra is missing says what to install."""
    return [_describe_kind(kind) for kind in connector_kinds()]


def _describe_kind(kind: str) -> SourceKind:
    try:
        connector_type = load_connector_type(kind)
    except MissingExtra as error:
        return SourceKind(
            kind=kind,
            needs=error.detail,
            lists_changes=False,
            reports_access=False,
            needs_admin=False,
            config_schema=None,
            credentials_schema=None,
        )
    credentials_type = connector_type.credentials_type
    return SourceKind(
        kind=kind,
        needs=None,
        lists_changes=connector_type.capabilities.lists_changes,
        reports_access=connector_type.capabilities.reports_access,
        needs_admin=connector_type.capabilities.reads_this_machine,
        config_schema=connector_type.config_type.model_json_schema(),
        credentials_schema=credentials_type.model_json_schema() if credentials_type else None,
    )


def _require_right_to_read(caller: Caller, kind: str, config: dict[str, Any]) -> None:
    # Otherwise whoever may register a source could read any file of the server.
    reads_this_machine = load_connector_type(kind).capabilities.reads_this_machine
    if reads_this_machine or config.get("allow_local"):
        caller.require(Right.ADMINISTER)


def _require_right_to_open(caller: Caller, settings: SyncSettings) -> None:
    # Otherwise whoever may register a source could reach what the server alone can reach, or put
    # himself into any group: who is in one holds for the documents of every source.
    if settings.allow_private_network or settings.groups_schedule is not None:
        caller.require(Right.ADMINISTER)


def _credentials(kind: str, given: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else validated_credentials(kind, given)


def _settings(kind: str, request: SyncSettings, *, fill_in: bool = False) -> SourceSettings:
    """What was given; with `fill_in` also what suits the kind where nothing was."""
    values = request.model_dump()
    given = set(request.model_fields_set) | ({"max_concurrent_jobs"} if fill_in else set())
    if values["max_concurrent_jobs"] is None:
        capabilities = load_connector_type(kind).capabilities
        values["max_concurrent_jobs"] = capabilities.max_concurrent_fetches
    return SourceSettings(**values, given=frozenset(given))
