"""Starting what is due by schedule: syncs of sources, and of their groups."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.catalog.database import Database
from core.catalog.models import Source, utc_now
from core.jobs import Doorbell, SyncGroups, add_job, ring_all
from core.runs import find_unfinished_run, queue_run
from core.schedules import next_time

_ACTOR = "schedule"


class Scheduler:
    """Call `start_due` every few seconds. Several may run: each due time is taken once."""

    def __init__(self, *, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell

    def start_due(self) -> None:
        """Queue a run for each source whose time has come and that is not at it already."""
        with self._database.read() as session:
            if session.scalar(_due(Source.next_sync_at)) is None and (
                session.scalar(_due(Source.next_groups_sync_at)) is None
            ):
                return
        with self._database.write() as session:
            job_ids = _queue_due_runs(session) + _queue_due_groups(session)
        ring_all(self._doorbell, job_ids)


def _due(next_at: InstrumentedAttribute[datetime | None]) -> Select[Source]:
    now = utc_now()
    return select(Source).where(
        next_at <= now,
        Source.is_paused.is_(False),
        Source.removal_requested_by.is_(None),
        or_(Source.suspended_until.is_(None), Source.suspended_until <= now),
    )


def _queue_due_runs(session: Session) -> list[str]:
    job_ids = []
    for source in session.scalars(_due(Source.next_sync_at).with_for_update(skip_locked=True)):
        schedule = source.schedule
        # From now on, not from when it was due: after a day's outage one run is enough.
        source.next_sync_at = None if schedule is None else next_time(schedule, after=utc_now())
        if schedule is None or find_unfinished_run(session, source.id) is not None:
            continue
        _, job_id = queue_run(session, source.id, requested_by=_ACTOR)
        job_ids += [] if job_id is None else [job_id]
    return job_ids


def _queue_due_groups(session: Session) -> list[str]:
    job_ids = []
    for source in session.scalars(
        _due(Source.next_groups_sync_at).with_for_update(skip_locked=True)
    ):
        due_at = source.next_groups_sync_at
        schedule = source.groups_schedule
        source.next_groups_sync_at = (
            None if schedule is None else next_time(schedule, after=utc_now())
        )
        job_id = add_job(
            session,
            SyncGroups(source_id=source.id),
            source_id=source.id,
            unique_key=f"groups:{source.id}:{due_at}",
        )
        job_ids += [] if job_id is None else [job_id]
    return job_ids
