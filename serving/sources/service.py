"""Registering a source: checks that need the connector's own schema."""

from __future__ import annotations

from connectors.registry import load_connector_type, validated_config
from core.catalog.models import Source
from core.identity import Caller, Right
from core.sources import SourceStore
from serving.sources.schemas import SourceRequest, SourceUpdate


def register_source(sources: SourceStore, caller: Caller, request: SourceRequest) -> Source:
    """Validate the configuration and store the source; nothing is read yet.

    Raises NotAllowed, UnknownConnectorKind, SourceMisconfigured, SourceNameTaken,
    InvalidAccessToken.
    """
    caller.require(Right.MANAGE_OWN_SOURCES)
    _require_right_to_read(caller, request.kind)
    return sources.register(
        caller,
        name=request.name,
        kind=request.kind,
        config=validated_config(request.kind, request.config),
        acl=request.acl,
        sensitivity=request.sensitivity,
        owner_name=request.owner.name,
        owner_contact=request.owner.contact,
    )


def update_source(
    sources: SourceStore, caller: Caller, source_id: str, request: SourceUpdate
) -> Source:
    """Change a source. Raises SourceNotFound, NotAllowed, SourceMisconfigured,
    InvalidAccessToken.
    """
    source = sources.get_source(caller, source_id)
    config = None
    if request.config is not None or request.acl is not None:
        _require_right_to_read(caller, source.kind)
    if request.config is not None:
        config = validated_config(source.kind, request.config)
    return sources.update(
        caller,
        source_id,
        config=config,
        acl=request.acl,
        owner_name=request.owner.name if request.owner else None,
        owner_contact=request.owner.contact if request.owner else None,
    )


def _require_right_to_read(caller: Caller, kind: str) -> None:
    # Otherwise whoever may register a source could read any file of the server.
    if load_connector_type(kind).reads_this_machine:
        caller.require(Right.ADMINISTER)
