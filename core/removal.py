"""Removing a source with everything that came from it."""

from __future__ import annotations

from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import RunState, Source, utc_now
from core.identity import Caller, Right
from core.jobs import Doorbell, RemoveSource, add_job, cancel_jobs, find_unfinished_job, ring_all
from core.runs import find_unfinished_run
from core.sources import get_visible_source


class SourceRemover:
    """Takes the request; a worker does the work. From the request on nobody finds the source's
    documents, and no sync of it begins.
    """

    def __init__(self, *, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell

    def remove(self, caller: Caller, source_id: str) -> Source:
        """Ask for it; asking again changes nothing. Raises SourceNotFound."""
        caller.require(Right.MANAGE_OWN_SOURCES)
        job_id = None
        with self._database.write() as session:
            source = get_visible_source(session, caller, source_id)
            run = find_unfinished_run(session, source.id)
            if run is not None:
                # A job that is being done ends by itself, and the removal waits for it.
                cancel_jobs(session, run.id, include_running=False)
                run.state = RunState.CANCELLED
                run.ended_at = utc_now()
            key = f"remove:{source.id}"
            if find_unfinished_job(session, key_prefix=key) is None:
                payload = RemoveSource(source_id=source.id)
                unique_key = f"{key}:{utc_now().isoformat()}"
                job_id = add_job(session, payload, source_id=source.id, unique_key=unique_key)
            if source.removal_requested_by is None:
                source.removal_requested_by = caller.principal.user
                record_audit(
                    session,
                    actor=caller.principal.user,
                    action="source_removal_requested",
                    subject=source.id,
                )
        ring_all(self._doorbell, [job_id])
        return source
