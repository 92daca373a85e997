"""Sources: registered places that documents come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.access import parse_acl
from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import Source, SyncRun, new_id, utc_now
from core.credentials import CredentialStore
from core.errors import RequestError
from core.identity import Caller, Right
from core.schedules import next_time


class SourceNotFound(RequestError):
    """There is no such source, or it is another owner's."""

    title = "Source not found"


class SourceNameTaken(RequestError):
    title = "Source name taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """How a source is synced, beside its configuration. Only what is in `given` is changed."""

    schedule: str | None = None
    groups_schedule: str | None = None
    max_requests_per_s: float | None = None
    max_concurrent_jobs: int | None = None
    access_max_age_s: int | None = None
    allow_private_network: bool = False
    given: frozenset[str] = field(default_factory=frozenset)


class SourceStore:
    """Registers and changes sources. Owners see their own sources, admins all."""

    def __init__(self, *, database: Database, credentials: CredentialStore) -> None:
        self._database = database
        self._credentials = credentials

    def register(
        self,
        caller: Caller,
        *,
        name: str,
        kind: str,
        config: dict[str, Any],
        acl: Sequence[str],
        sensitivity: str,
        owner_name: str,
        owner_contact: str,
        credentials: dict[str, Any] | None = None,
        settings: SourceSettings | None = None,
    ) -> Source:
        """Add a source; nothing is read yet. `config` and `credentials` have been validated.

        Raises SourceNameTaken, InvalidAccessToken, InvalidSchedule, NotAllowed.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        source = Source(
            id=new_id(),
            name=name,
            kind=kind,
            config=config,
            acl=list(parse_acl(acl)),
            sensitivity=sensitivity,
            owner_name=owner_name,
            owner_contact=owner_contact,
            created_by=caller.principal.user,
            is_paused=False,
            consecutive_failures=0,
        )
        _apply_settings(source, settings or SourceSettings())
        with self._database.write() as session:
            if session.scalar(select(Source.id).where(Source.name == name)) is not None:
                raise SourceNameTaken(f"There is a source named {name!r}. Choose another name.")
            session.add(source)
            session.flush()
            if credentials is not None:
                self._credentials.put(session, source.id, credentials)
            record_audit(
                session, actor=caller.principal.user, action="source_registered", subject=source.id
            )
        return source

    def list_sources(self, caller: Caller) -> Sequence[Source]:
        """The caller's sources, by name."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        query = select(Source).order_by(Source.name)
        if not caller.may(Right.ADMINISTER):
            query = query.where(Source.created_by == caller.principal.user)
        with self._database.read() as session:
            return session.scalars(query).all()

    def get_source(self, caller: Caller, source_id: str) -> Source:
        """Raises SourceNotFound, also for a source that is another owner's."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            return get_visible_source(session, caller, source_id)

    def update(
        self,
        caller: Caller,
        source_id: str,
        *,
        config: dict[str, Any] | None = None,
        acl: Sequence[str] | None = None,
        owner_name: str | None = None,
        owner_contact: str | None = None,
        credentials: dict[str, Any] | None = None,
        settings: SourceSettings | None = None,
    ) -> Source:
        """Change what is given; the next sync applies it to the documents.

        Raises SourceNotFound, InvalidAccessToken, InvalidSchedule.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            if config is not None or acl is not None:
                source.config = source.config if config is None else config
                source.acl = source.acl if acl is None else list(parse_acl(acl))
                # A listing of changes would leave the documents that did not change as they are.
                source.checkpoint = None
                _forget_milestones(session, source)
            source.owner_name = owner_name or source.owner_name
            source.owner_contact = owner_contact or source.owner_contact
            if credentials is not None:
                self._credentials.put(session, source.id, credentials)
            if settings is not None:
                _apply_settings(source, settings)
            # Whatever made it fail may have been mended with this.
            source.suspended_until = None
            record_audit(
                session, actor=caller.principal.user, action="source_updated", subject=source.id
            )
            return source

    def set_paused(self, caller: Caller, source_id: str, *, is_paused: bool) -> Source:
        """Hold back the source's schedule, or let it go on. Raises SourceNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            source.is_paused = is_paused
            if not is_paused:
                source.suspended_until = None
            record_audit(
                session,
                actor=caller.principal.user,
                action="source_paused" if is_paused else "source_resumed",
                subject=source.id,
            )
            return source


def get_visible_source(session: Session, caller: Caller, source_id: str) -> Source:
    """Raises SourceNotFound, also for a source that is another owner's."""
    source = session.get(Source, source_id)
    is_visible = source is not None and (
        caller.may(Right.ADMINISTER) or source.created_by == caller.principal.user
    )
    if source is None or not is_visible:
        raise SourceNotFound(f"There is no source {source_id} of yours.")
    return source


def _forget_milestones(session: Session, source: Source) -> None:
    """A place in a listing of what the source was before means nothing now."""
    session.execute(update(SyncRun).where(SyncRun.source_id == source.id).values(milestone=None))


def _apply_settings(source: Source, settings: SourceSettings) -> None:
    for name in settings.given:
        setattr(source, name, getattr(settings, name))
    if "schedule" in settings.given:
        source.next_sync_at = _first_time(settings.schedule)
    if "groups_schedule" in settings.given:
        source.next_groups_sync_at = _first_time(settings.groups_schedule)


def _first_time(schedule: str | None) -> datetime | None:
    return None if schedule is None else next_time(schedule, after=utc_now())
