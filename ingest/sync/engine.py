"""The sync engine: what each kind of job does. Every handler may run twice; the state after is that
of running once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

import structlog

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Connector,
    Coverage,
    ListingEnd,
    ListingItem,
)
from connectors.registry import load_connector_type
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import RunScope, RunState, Source, SyncRun, utc_now
from core.jobs import (
    ClaimedJob,
    Doorbell,
    FinishRun,
    IndexDocuments,
    RemoveSource,
    SyncGroups,
    SyncSource,
    add_job,
    has_unfinished_jobs,
    reset_attempts,
    ring_all,
)
from core.settings import SyncSettings
from ingest.connecting import SourceConnections
from ingest.indexing import BatchIndexer, JobLost, fail_pending
from ingest.sync.deletions import delete_documents, find_missing, needs_approval
from ingest.sync.groups import sync_groups
from ingest.sync.listing import ListingApplier
from ingest.sync.outcome import add_notice, record_failure, record_success, start_requested_run
from ingest.sync.pages import Listed, paged
from ingest.sync.preview import ListingPreview
from ingest.sync.removal import remove_source
from retrieval.index.contract import VectorIndex

log = structlog.get_logger(__name__)

_LISTING_PAGE = 500


class SyncEngine:
    """Runs jobs. Safe to use from several threads."""

    def __init__(
        self,
        *,
        database: Database,
        texts: TextStore,
        index: VectorIndex,
        indexer: BatchIndexer,
        connections: SourceConnections,
        generation_id: str,
        settings: SyncSettings,
        doorbell: Doorbell,
    ) -> None:
        self._database = database
        self._texts = texts
        self._index = index
        self._indexer = indexer
        self._connections = connections
        self._generation_id = generation_id
        self._settings = settings
        self._doorbell = doorbell

    def run(self, job: ClaimedJob, *, still_mine: Callable[[], bool]) -> None:
        """Do the job. Raises JobLost when it is another's by now; VouchErrors as they come."""
        match job.payload:
            case SyncSource(run_id=run_id):
                self._sync_source(job, run_id, still_mine)
            case IndexDocuments(run_id=run_id, document_ids=document_ids):
                source = self._source(job.source_id)
                with self._connections.open(source) as connector:
                    self._indexer.index_batch(
                        document_ids,
                        run_id=run_id,
                        source=source,
                        connector=connector,
                        still_mine=still_mine,
                    )
                self._finish_if_last(job, run_id)
            case FinishRun(run_id=run_id):
                self._finish_run(run_id)
            case SyncGroups(source_id=source_id):
                source = self._source(source_id)
                with self._connections.open(source) as connector:
                    sync_groups(self._database, source, connector)
            case RemoveSource():
                remove_source(
                    job,
                    database=self._database,
                    index=self._index,
                    texts=self._texts,
                    connections=self._connections,
                    still_mine=still_mine,
                )
            case _:
                assert_never(job.payload)

    def give_up(self, job: ClaimedJob, error: Exception) -> None:
        """Record that the job failed for good, so that its run ends and says why."""
        match job.payload:
            case IndexDocuments(run_id=run_id, document_ids=document_ids):
                with self._database.write() as session:
                    fail_pending(session, run_id, document_ids)
                self._finish_if_last(job, run_id)
            case SyncSource(run_id=run_id) | FinishRun(run_id=run_id):
                with self._database.write() as session:
                    job_id = record_failure(session, run_id, error, settings=self._settings)
                ring_all(self._doorbell, [job_id])
            case SyncGroups(source_id=source_id):
                # The groups stay as they were; their age shows in the metrics.
                log.error("groups_not_synced", source_id=source_id, reason=str(error))
            case RemoveSource(source_id=source_id):
                # It stays hidden; asking for the removal again tries again.
                log.error("source_not_removed", source_id=source_id, reason=str(error))
            case _:
                assert_never(job.payload)

    def _sync_source(self, job: ClaimedJob, run_id: str, still_mine: Callable[[], bool]) -> None:
        source = self._source(job.source_id)
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            is_listed = run.state not in (RunState.QUEUED, RunState.LISTING)
            if not is_listed:
                _begin_listing(run)
        if is_listed:
            # Killed after the listing and before the job was marked done.
            self._finish_if_last(job, run_id)
            return
        applier = ListingApplier(
            run_id=run_id,
            source=source,
            generation_id=self._generation_id,
            settings=self._settings,
        )
        preview = ListingPreview(source=source, generation_id=self._generation_id)
        end = ListingEnd(coverage=Coverage.CHANGES, checkpoint=_checkpoint(source.checkpoint))
        if run.scope != RunScope.FAILURES:
            with self._connections.open(source) as connector:
                listing = _Listing(self._discover(connector, source, run))
                for page in paged(listing, _LISTING_PAGE):
                    if not still_mine():
                        raise JobLost
                    self._apply_page(job, run_id, page, applier, preview)
                end = listing.end
        self._end_listing(run_id, end, applier, preview)
        self._finish_if_last(job, run_id)

    def _discover(
        self, connector: Connector, source: Source, run: SyncRun
    ) -> Iterator[ListingItem]:
        """From where an interrupted listing was; else what changed; else everything."""
        since = source.checkpoint if run.scope == RunScope.CHANGES else None
        if run.milestone is not None and not run.dry_run:
            since = run.milestone
        try:
            yield from connector.discover(_checkpoint(since))
        except CheckpointExpired as error:
            if since is None:
                raise
            log.warning("checkpoint_expired", source_id=source.id, reason=error.detail)
            with self._database.write() as session:
                session.get_one(SyncRun, run.id, with_for_update=True).milestone = None
                session.get_one(Source, source.id, with_for_update=True).checkpoint = None
            yield from connector.discover(None)

    def _apply_page(
        self,
        job: ClaimedJob,
        run_id: str,
        page: list[Listed],
        applier: ListingApplier,
        preview: ListingPreview,
    ) -> None:
        job_ids: list[str] = []
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            if run.state != RunState.LISTING:
                # Cancelled.
                raise JobLost
            before = run.milestone
            if run.dry_run:
                preview.add_page(session, run, page)
            else:
                job_ids = applier.apply_page(session, page, index=self._index)
            if run.milestone != before:
                reset_attempts(session, job)
        ring_all(self._doorbell, job_ids)

    def _end_listing(
        self, run_id: str, end: ListingEnd, applier: ListingApplier, preview: ListingPreview
    ) -> None:
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            if run.state != RunState.LISTING:
                raise JobLost
            job_ids: list[str] = []
            run.coverage = None if run.scope == RunScope.FAILURES else end.coverage.value
            run.next_checkpoint = end.checkpoint
            if end.coverage == Coverage.PARTIAL:
                add_notice(run, "the listing stopped early; nothing is deleted")
            if run.dry_run:
                if end.coverage == Coverage.EVERYTHING:
                    preview.add_deletions(session, run)
                run.state = RunState.SUCCEEDED
                run.ended_at = utc_now()
                source = session.get_one(Source, run.source_id)
                job_ids += start_requested_run(session, source)
            else:
                run.state = RunState.PROCESSING
                job_ids += applier.apply_leftovers(
                    session, include_permanent=run.scope == RunScope.FAILURES
                )
        ring_all(self._doorbell, job_ids)

    def _finish_if_last(self, job: ClaimedJob, run_id: str) -> None:
        """Add the closing job once nothing else of the run is left to do."""
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            is_last = run.state == RunState.PROCESSING and not has_unfinished_jobs(
                session, run_id, besides=job.id
            )
            job_id = None
            if is_last:
                job_id = add_job(
                    session,
                    FinishRun(run_id=run_id),
                    source_id=run.source_id,
                    unique_key=f"finish:{run_id}",
                )
        ring_all(self._doorbell, [job_id])

    def _finish_run(self, run_id: str) -> None:
        with self._database.read() as session:
            run = session.get_one(SyncRun, run_id)
            if run.state != RunState.PROCESSING:
                return
            missing = find_missing(session, run)
            source = session.get_one(Source, run.source_id)
        are_commands = load_connector_type(source.kind).capabilities.removals_are_commands
        is_allowed = are_commands or run.deletions_approved_by is not None
        if not is_allowed and needs_approval(missing, run, self._settings):
            self._await_approval(run_id, len(missing.ids))
            return
        if missing.ids:
            delete_documents(
                missing.ids,
                run_id=run_id,
                actor=run.deletions_approved_by or run.requested_by,
                database=self._database,
                index=self._index,
                texts=self._texts,
            )
        with self._database.write() as session:
            job_ids = record_success(session, run_id)
        ring_all(self._doorbell, job_ids)
        if run.to_process or missing.ids:
            self._index.optimize()

    def _await_approval(self, run_id: str, documents: int) -> None:
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            source = session.get_one(Source, run.source_id)
            run.state = RunState.AWAITING_APPROVAL
            run.pending_deletions = documents
            run.ended_at = utc_now()
            job_ids = start_requested_run(session, source)
        ring_all(self._doorbell, job_ids)
        log.warning(
            "deletions_await_approval",
            run_id=run_id,
            source_id=source.id,
            owner=source.owner_name,
            contact=source.owner_contact,
            documents=documents,
        )

    def _source(self, source_id: str) -> Source:
        with self._database.read() as session:
            return session.get_one(Source, source_id)


class _Listing:
    """The listing without its end, which it keeps."""

    def __init__(self, items: Iterator[ListingItem]) -> None:
        self._items = items
        self.end = ListingEnd(coverage=Coverage.PARTIAL)

    def __iter__(self) -> Iterator[Listed]:
        for item in self._items:
            if isinstance(item, ListingEnd):
                self.end = item
                return
            yield item


def _begin_listing(run: SyncRun) -> None:
    run.state = RunState.LISTING
    run.started_at = run.started_at or utc_now()
    if run.dry_run:
        # It leaves no marks on documents, so one that was cut short counts from the start again.
        run.seen = run.added = run.changed = run.unchanged = 0
        run.access_changed = run.failed = run.deleted = 0
        run.notices = []


def _checkpoint(stored: str | None) -> Checkpoint | None:
    return None if stored is None else Checkpoint(stored)
