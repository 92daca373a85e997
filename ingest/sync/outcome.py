"""How a run ends, and what its end means for the source: checkpoint, suspension, the next run."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from connectors.contract import Coverage
from core.catalog.models import UNFINISHED_RUN_STATES, RunState, Source, SyncRun, utc_now
from core.errors import VouchError
from core.runs import queue_run
from core.settings import SyncSettings

log = structlog.get_logger(__name__)

_LONGEST_SUSPENSION = timedelta(days=1)
_MAX_NOTICES = 100


def add_notice(run: SyncRun, notice: str) -> None:
    """Say it in the run, unless that says a lot already."""
    if len(run.notices) < _MAX_NOTICES:
        # A new list, because SQLAlchemy does not see a change inside a JSON value.
        run.notices = [*run.notices, notice]


def record_success(session: Session, run_id: str) -> list[str]:
    """End the run as succeeded; returns the jobs to ring for.

    Only now is its checkpoint the source's: all that the listing named is in the index, or is
    recorded as failed.
    """
    run = session.get_one(SyncRun, run_id, with_for_update=True)
    source = session.get_one(Source, run.source_id, with_for_update=True)
    run.state = RunState.SUCCEEDED
    run.pending_deletions = 0
    run.ended_at = utc_now()
    if run.coverage in (Coverage.EVERYTHING, Coverage.CHANGES):
        source.checkpoint = run.next_checkpoint
        source.access_checked_at = run.started_at
    source.consecutive_failures = 0
    source.suspended_until = None
    log.info(
        "sync_finished",
        run_id=run_id,
        added=run.added,
        changed=run.changed,
        unchanged=run.unchanged,
        deleted=run.deleted,
        failed=run.failed,
    )
    return start_requested_run(session, source)


def record_failure(
    session: Session, run_id: str, error: Exception, *, settings: SyncSettings
) -> str | None:
    """End the run as failed; suspend a source that keeps failing. Returns the job to ring for."""
    run = session.get_one(SyncRun, run_id, with_for_update=True)
    if run.state not in UNFINISHED_RUN_STATES:
        return None
    source = session.get_one(Source, run.source_id, with_for_update=True)
    run.state = RunState.FAILED
    run.ended_at = utc_now()
    run.error_code, run.error_detail = (
        (error.code, error.detail)
        if isinstance(error, VouchError)
        else ("internal_error", "An unexpected error, which is in the worker's log.")
    )
    source.consecutive_failures += 1
    surplus = source.consecutive_failures - settings.suspend_after_failures
    if surplus >= 0:
        # The exponent is bounded, because 2 ** 2000 is no number of seconds.
        pause = timedelta(seconds=settings.first_suspension_s * 2 ** min(surplus, 20))
        source.suspended_until = utc_now() + min(pause, _LONGEST_SUSPENSION)
        log.error(
            "source_suspended",
            source_id=source.id,
            source=source.name,
            owner=source.owner_name,
            contact=source.owner_contact,
            failures=source.consecutive_failures,
            until=source.suspended_until.isoformat(),
            cause=run.error_code,
            detail=run.error_detail,
        )
    return next(iter(start_requested_run(session, source)), None)


def start_requested_run(session: Session, source: Source) -> list[str]:
    """Queue the run that was asked for while another was under way; the jobs to ring for."""
    if source.sync_requested_by is None:
        return []
    _, job_id = queue_run(session, source.id, requested_by=source.sync_requested_by)
    source.sync_requested_by = None
    return [] if job_id is None else [job_id]
