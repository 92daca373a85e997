"""What an operator watches of the sources, read from the catalog at each scrape."""

from __future__ import annotations

from prometheus_client import Gauge
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from core.catalog.database import Database
from core.catalog.models import RunState, Source, SyncRun, utc_now

# An operator has tens of sources, and each has its own owner to call: a label is in order here.
ACCESS_AGE = Gauge(
    "vouch_source_access_age_seconds",
    "Seconds since the source's access lists were last read in full.",
    ["source_id"],
)
CONSECUTIVE_FAILURES = Gauge(
    "vouch_source_consecutive_failures", "Failed runs since the last success.", ["source_id"]
)
IS_SUSPENDED = Gauge(
    "vouch_source_is_suspended", "1 while the schedule waits after failures.", ["source_id"]
)
PENDING_DELETIONS = Gauge(
    "vouch_source_pending_deletions",
    "Documents whose deletion the guard stopped in the latest run, until someone decides.",
    ["source_id"],
)


def observe_sources(database: Database) -> None:
    """Set the gauges to what the catalog says now; a source that is gone leaves none behind."""
    now = utc_now()
    with database.read() as session:
        sources = session.scalars(select(Source)).all()
        pending = _pending_deletions(session)
    for gauge in (ACCESS_AGE, CONSECUTIVE_FAILURES, IS_SUSPENDED, PENDING_DELETIONS):
        gauge.clear()
    for source in sources:
        if source.access_checked_at is not None:
            age = now - source.access_checked_at
            ACCESS_AGE.labels(source_id=source.id).set(age.total_seconds())
        CONSECUTIVE_FAILURES.labels(source_id=source.id).set(source.consecutive_failures)
        is_suspended = source.suspended_until is not None and source.suspended_until > now
        IS_SUSPENDED.labels(source_id=source.id).set(is_suspended)
        PENDING_DELETIONS.labels(source_id=source.id).set(pending.get(source.id, 0))


def _pending_deletions(session: Session) -> dict[str, int]:
    """By source; only of a run that no other has followed, as nobody can decide on others."""
    later = aliased(SyncRun)
    rows = session.execute(
        select(SyncRun.source_id, SyncRun.pending_deletions).where(
            SyncRun.state == RunState.AWAITING_APPROVAL,
            ~exists().where(
                later.source_id == SyncRun.source_id,
                later.created_at > SyncRun.created_at,
                later.dry_run.is_(False),
            ),
        )
    )
    return {row.source_id: row.pending_deletions for row in rows}
