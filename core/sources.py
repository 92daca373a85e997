"""Sources and their sync runs, as the API shows them and the sync engine starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.access import parse_acl
from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import (
    UNFINISHED_RUN_STATES,
    Document,
    DocumentState,
    RunState,
    Source,
    SyncRun,
    new_id,
)
from core.errors import RequestError
from core.identity import Caller, Right
from core.jobs import Doorbell, FinishRun, SyncSource, add_job, ring_all


class SourceNotFound(RequestError):
    """There is no such source, or it is another owner's."""

    title = "Source not found"


class SourceNameTaken(RequestError):
    title = "Source name taken"


class RunNotFound(RequestError):
    title = "Sync run not found"


class RunInProgress(RequestError):
    """A source is never synced twice at once; `data["run_id"]` is the run to watch."""

    title = "Sync in progress"


class NothingToApprove(RequestError):
    title = "Nothing to approve"


class SourceStore:
    """Registers sources and starts their runs. Owners see their own sources, admins all."""

    def __init__(self, *, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell

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
    ) -> Source:
        """Add a source; nothing is read yet. `config` has been validated.

        Raises SourceNameTaken, InvalidAccessToken, NotAllowed.
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
        )
        with self._database.write() as session:
            if session.scalar(select(Source.id).where(Source.name == name)) is not None:
                raise SourceNameTaken(f"There is a source named {name!r}. Choose another name.")
            session.add(source)
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
            return _get_source(session, caller, source_id)

    def update(
        self,
        caller: Caller,
        source_id: str,
        *,
        config: dict[str, Any] | None = None,
        acl: Sequence[str] | None = None,
        owner_name: str | None = None,
        owner_contact: str | None = None,
    ) -> Source:
        """Change what is given; the next sync applies it to the documents.

        Raises SourceNotFound, InvalidAccessToken.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = _get_source(session, caller, source_id)
            source.config = source.config if config is None else config
            source.acl = source.acl if acl is None else list(parse_acl(acl))
            source.owner_name = owner_name or source.owner_name
            source.owner_contact = owner_contact or source.owner_contact
            record_audit(
                session, actor=caller.principal.user, action="source_updated", subject=source.id
            )
            return source

    def start_run(
        self, caller: Caller, source_id: str, *, dry_run: bool = False, retry_failures: bool = False
    ) -> SyncRun:
        """Queue a sync of the source. Raises SourceNotFound, RunInProgress."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = _get_source(session, caller, source_id)
            _refuse_second_run(session, source)
            run, job_id = queue_run(
                session,
                source.id,
                requested_by=caller.principal.user,
                dry_run=dry_run,
                retry_failures=retry_failures,
            )
        ring_all(self._doorbell, [job_id])
        return run

    def get_run(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Raises SourceNotFound, RunNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            source = _get_source(session, caller, source_id)
            return _get_run(session, source, run_id)

    def list_runs(self, caller: Caller, source_id: str, *, limit: int = 20) -> Sequence[SyncRun]:
        """The source's latest runs, newest first. Raises SourceNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            source = _get_source(session, caller, source_id)
            return session.scalars(
                select(SyncRun)
                .where(SyncRun.source_id == source.id)
                .order_by(SyncRun.created_at.desc())
                .limit(limit)
            ).all()

    def list_failures(
        self, caller: Caller, source_id: str, *, limit: int = 100, offset: int = 0
    ) -> tuple[Sequence[Document], int]:
        """Documents whose last attempt failed, by path, and how many there are in all.

        Raises SourceNotFound.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            source = _get_source(session, caller, source_id)
            failed = select(Document).where(
                Document.source_id == source.id, Document.state == DocumentState.FAILED
            )
            total = session.scalar(select(func.count()).select_from(failed.subquery())) or 0
            page = failed.order_by(Document.path).limit(limit).offset(offset)
            return session.scalars(page).all(), total

    def approve_deletions(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Let a run that the deletion guard stopped delete what it found missing.

        Raises SourceNotFound, RunNotFound, NothingToApprove.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = _get_source(session, caller, source_id)
            run = _get_run(session, source, run_id)
            if run.state != RunState.AWAITING_APPROVAL:
                raise NothingToApprove(
                    f"Run {run_id} is {run.state.value}: it has no deletions waiting for approval."
                )
            _refuse_second_run(session, source)
            _refuse_superseded(session, run)
            run.state = RunState.PROCESSING
            run.deletions_approved_by = caller.principal.user
            job_id = add_job(session, FinishRun(run_id=run.id), unique_key=f"approved:{run.id}")
            record_audit(
                session,
                actor=caller.principal.user,
                action="deletions_approved",
                subject=run.id,
                documents=run.pending_deletions,
            )
        ring_all(self._doorbell, [job_id])
        return run


def queue_run(
    session: Session,
    source_id: str,
    *,
    requested_by: str,
    dry_run: bool = False,
    retry_failures: bool = False,
) -> tuple[SyncRun, str | None]:
    """Add a run and its first job in the caller's transaction; ring for it after the commit."""
    run = SyncRun(
        id=new_id(),
        source_id=source_id,
        state=RunState.QUEUED,
        requested_by=requested_by,
        dry_run=dry_run,
        retry_failures=retry_failures,
        notices=[],
    )
    session.add(run)
    session.flush()
    return run, add_job(session, SyncSource(run_id=run.id), unique_key=f"sync:{run.id}")


def find_unfinished_run(session: Session, source_id: str) -> SyncRun | None:
    """The run of this source that is queued or under way."""
    return session.scalar(
        select(SyncRun).where(
            SyncRun.source_id == source_id, SyncRun.state.in_(UNFINISHED_RUN_STATES)
        )
    )


def _refuse_second_run(session: Session, source: Source) -> None:
    unfinished = find_unfinished_run(session, source.id)
    if unfinished is not None:
        raise RunInProgress(
            f"Run {unfinished.id} of this source is {unfinished.state.value}. Wait until it ends.",
            run_id=unfinished.id,
        )


def _refuse_superseded(session: Session, run: SyncRun) -> None:
    """What an older listing missed may have come back: only the latest one may delete."""
    newer = session.scalar(
        select(SyncRun.id).where(
            SyncRun.source_id == run.source_id,
            SyncRun.created_at > run.created_at,
            SyncRun.dry_run.is_(False),
        )
    )
    if newer is not None:
        raise NothingToApprove(
            f"Run {run.id} has been followed by another. Approve the latest run, or sync again."
        )


def _get_source(session: Session, caller: Caller, source_id: str) -> Source:
    source = session.get(Source, source_id)
    is_visible = source is not None and (
        caller.may(Right.ADMINISTER) or source.created_by == caller.principal.user
    )
    if source is None or not is_visible:
        raise SourceNotFound(f"There is no source {source_id} of yours.")
    return source


def _get_run(session: Session, source: Source, run_id: str) -> SyncRun:
    run = session.get(SyncRun, run_id)
    if run is None or run.source_id != source.id:
        raise RunNotFound(f"This source has no run {run_id}.")
    return run
