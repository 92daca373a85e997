"""Sync runs: started, watched, cancelled, and decided on where a deletion needs a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import (
    UNFINISHED_RUN_STATES,
    Document,
    DocumentState,
    RunScope,
    RunState,
    Source,
    SyncRun,
    new_id,
    utc_now,
)
from core.errors import RequestError
from core.identity import Caller, Right
from core.jobs import Doorbell, FinishRun, SyncSource, add_job, cancel_jobs, ring_all
from core.sources import get_visible_source


class RunNotFound(RequestError):
    title = "Sync run not found"


class RunInProgress(RequestError):
    """A source is never synced twice at once; `data["run_id"]` is the run to watch."""

    title = "Sync in progress"


class RunEnded(RequestError):
    """There is nothing left to cancel."""

    title = "Sync has ended"


class SourceBeingRemoved(RequestError):
    """It is going, and is not synced any more."""

    title = "Source is being removed"


class NothingToApprove(RequestError):
    title = "Nothing to approve"


class RunStore:
    """Runs of the sources that a caller may manage: owners their own, admins all."""

    def __init__(self, *, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell

    def start(
        self,
        caller: Caller,
        source_id: str,
        *,
        dry_run: bool = False,
        scope: RunScope = RunScope.CHANGES,
    ) -> SyncRun:
        """Queue a sync of the source. Raises SourceNotFound, SourceBeingRemoved, RunInProgress."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            refuse_removed(source)
            _refuse_second_run(session, source)
            run, job_id = queue_run(
                session,
                source.id,
                requested_by=caller.principal.user,
                dry_run=dry_run,
                scope=scope,
            )
        ring_all(self._doorbell, [job_id])
        return run

    def request(self, caller: Caller, source_id: str) -> SyncRun:
        """See that the source is synced soon, however often it is asked for.

        Returns the new run; or the one under way, which another will follow, since it may have
        listed already what is new. Raises SourceNotFound, SourceBeingRemoved.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        job_id = None
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            refuse_removed(source)
            run = find_unfinished_run(session, source.id)
            if run is None:
                run, job_id = queue_run(session, source.id, requested_by=caller.principal.user)
            else:
                source.sync_requested_by = caller.principal.user
        ring_all(self._doorbell, [job_id])
        return run

    def get(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Raises SourceNotFound, RunNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            source = get_visible_source(session, caller, source_id)
            return _get_run(session, source, run_id)

    def list_runs(self, caller: Caller, source_id: str, *, limit: int = 20) -> Sequence[SyncRun]:
        """The source's latest runs, newest first. Raises SourceNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.read() as session:
            source = get_visible_source(session, caller, source_id)
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
            source = get_visible_source(session, caller, source_id)
            failed = select(Document).where(
                Document.source_id == source.id, Document.state == DocumentState.FAILED
            )
            total = session.scalar(select(func.count()).select_from(failed.subquery())) or 0
            page = failed.order_by(Document.path).limit(limit).offset(offset)
            return session.scalars(page).all(), total

    def cancel(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Stop a run. What it has indexed stays; what it has not, the next run takes up.

        Raises SourceNotFound, RunNotFound, RunEnded.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            run = _get_run(session, source, run_id, for_update=True)
            if run.state not in UNFINISHED_RUN_STATES:
                raise RunEnded(f"Run {run_id} is {run.state.value}: there is nothing to cancel.")
            cancel_jobs(session, run.id)
            run.state = RunState.CANCELLED
            run.ended_at = utc_now()
            source.sync_requested_by = None
            record_audit(
                session, actor=caller.principal.user, action="run_cancelled", subject=run.id
            )
        return run

    def approve_deletions(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Let a run that the deletion guard stopped delete what it found missing.

        Raises SourceNotFound, SourceBeingRemoved, RunNotFound, NothingToApprove.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            refuse_removed(source)
            run = _get_run(session, source, run_id, for_update=True)
            _require_waiting(session, run)
            _refuse_second_run(session, source)
            run.state = RunState.PROCESSING
            run.deletions_approved_by = caller.principal.user
            job_id = add_job(
                session,
                FinishRun(run_id=run.id),
                source_id=source.id,
                unique_key=f"approved:{run.id}",
            )
            record_audit(
                session,
                actor=caller.principal.user,
                action="deletions_approved",
                subject=run.id,
                documents=run.pending_deletions,
            )
        ring_all(self._doorbell, [job_id])
        return run

    def reject_deletions(self, caller: Caller, source_id: str, run_id: str) -> SyncRun:
        """Keep what a run that the deletion guard stopped found missing. The next run looks again.

        Raises SourceNotFound, RunNotFound, NothingToApprove.
        """
        caller.require(Right.MANAGE_OWN_SOURCES)
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            run = _get_run(session, source, run_id, for_update=True)
            _require_waiting(session, run)
            session.execute(
                update(Document)
                .where(Document.source_id == source.id, Document.removed_by_run_id == run.id)
                .values(removed_by_run_id=None)
            )
            record_audit(
                session,
                actor=caller.principal.user,
                action="deletions_rejected",
                subject=run.id,
                documents=run.pending_deletions,
            )
            run.state = RunState.SUCCEEDED
            run.notices = [*run.notices, f"{run.pending_deletions} deletions were rejected"]
            run.pending_deletions = 0
        return run


def queue_run(
    session: Session,
    source_id: str,
    *,
    requested_by: str,
    dry_run: bool = False,
    scope: RunScope = RunScope.CHANGES,
) -> tuple[SyncRun, str | None]:
    """Add a run and its first job in the caller's transaction; ring for it after the commit."""
    run = SyncRun(
        id=new_id(),
        source_id=source_id,
        state=RunState.QUEUED,
        requested_by=requested_by,
        dry_run=dry_run,
        scope=scope,
        notices=[],
    )
    session.add(run)
    session.flush()
    job_id = add_job(
        session, SyncSource(run_id=run.id), source_id=source_id, unique_key=f"sync:{run.id}"
    )
    return run, job_id


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


def refuse_removed(source: Source) -> None:
    """Raises SourceBeingRemoved for a source that nothing may be added to any more."""
    if source.removal_requested_by is not None:
        raise SourceBeingRemoved(f"The source {source.name!r} is being removed.")


def _require_waiting(session: Session, run: SyncRun) -> None:
    """What an older listing missed may have come back: only the latest one may delete."""
    if run.state != RunState.AWAITING_APPROVAL:
        raise NothingToApprove(
            f"Run {run.id} is {run.state.value}: it has no deletions waiting for approval."
        )
    newer = session.scalar(
        select(SyncRun.id).where(
            SyncRun.source_id == run.source_id,
            SyncRun.created_at > run.created_at,
            SyncRun.dry_run.is_(False),
        )
    )
    if newer is not None:
        raise NothingToApprove(
            f"Run {run.id} has been followed by another. Decide on the latest run, or sync again."
        )


def _get_run(session: Session, source: Source, run_id: str, *, for_update: bool = False) -> SyncRun:
    run = session.get(SyncRun, run_id, with_for_update=for_update)
    if run is None or run.source_id != source.id:
        raise RunNotFound(f"This source has no run {run_id}.")
    return run
