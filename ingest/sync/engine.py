"""The sync engine: what each kind of job does. Every handler may run twice; the state after is that
of running once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

import structlog
from sqlalchemy.orm import Session

from connectors.contract import Connector, ListingEnd, ListingItem
from connectors.registry import load_connector_type
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import RunState, Source, SyncRun, utc_now
from core.errors import VouchError
from core.jobs import (
    ClaimedJob,
    Doorbell,
    FinishRun,
    IndexDocuments,
    JobPayload,
    SyncSource,
    add_job,
    has_unfinished_jobs,
    ring_all,
)
from core.settings import SyncSettings
from ingest.indexing import BatchIndexer, JobLost, fail_pending
from ingest.sync.deletions import delete_documents, find_missing, needs_approval
from ingest.sync.listing import Listed, ListingApplier, paged
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
        generation_id: str,
        settings: SyncSettings,
        doorbell: Doorbell,
    ) -> None:
        self._database = database
        self._texts = texts
        self._index = index
        self._indexer = indexer
        self._generation_id = generation_id
        self._settings = settings
        self._doorbell = doorbell

    def run(self, job: ClaimedJob, *, still_mine: Callable[[], bool]) -> None:
        """Do the job. Raises JobLost when it is another's by now; VouchErrors as they come."""
        match job.payload:
            case SyncSource(run_id=run_id):
                self._sync_source(job, run_id, still_mine)
            case IndexDocuments(run_id=run_id, document_ids=document_ids):
                source = self._source_of(run_id)
                self._indexer.index_batch(
                    document_ids,
                    run_id=run_id,
                    source=source,
                    connector=_connect(source),
                    still_mine=still_mine,
                )
                self._finish_if_last(job, run_id)
            case FinishRun(run_id=run_id):
                self._finish_run(run_id)
            case _:
                assert_never(job.payload)

    def give_up(self, job: ClaimedJob, error: Exception) -> None:
        """Record that the job failed for good, so that its run ends and says why."""
        payload: JobPayload = job.payload
        if isinstance(payload, IndexDocuments):
            with self._database.write() as session:
                fail_pending(session, payload.run_id, payload.document_ids)
            self._finish_if_last(job, payload.run_id)
            return
        with self._database.write() as session:
            run = session.get_one(SyncRun, payload.run_id, with_for_update=True)
            run.state = RunState.FAILED
            run.ended_at = utc_now()
            run.error_code = error.code if isinstance(error, VouchError) else "internal_error"
            run.error_detail = (
                error.detail
                if isinstance(error, VouchError)
                else "An unexpected error, which is in the worker's log."
            )

    def _sync_source(self, job: ClaimedJob, run_id: str, still_mine: Callable[[], bool]) -> None:
        source = self._source_of(run_id)
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
        listing = _Listing(_connect(source).discover(None))
        for page in paged(listing, _LISTING_PAGE):
            if not still_mine():
                raise JobLost
            with self._database.write() as session:
                run = session.get_one(SyncRun, run_id, with_for_update=True)
                job_ids = []
                if run.dry_run:
                    applier.preview_page(session, page, run)
                else:
                    job_ids = applier.apply_page(session, page, index=self._index)
            ring_all(self._doorbell, job_ids)
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            run.listing_complete = listing.is_complete
            if run.dry_run and listing.is_complete:
                applier.preview_deletions(session, run)
            run.state = RunState.SUCCEEDED if run.dry_run else RunState.PROCESSING
            run.ended_at = utc_now() if run.dry_run else None
        self._finish_if_last(job, run_id)

    def _finish_if_last(self, job: ClaimedJob, run_id: str) -> None:
        """Add the closing job once nothing else of the run is left to do."""
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            is_last = run.state == RunState.PROCESSING and not has_unfinished_jobs(
                session, run_id, besides=job.id
            )
            job_id = None
            if is_last:
                job_id = add_job(session, FinishRun(run_id=run_id), unique_key=f"finish:{run_id}")
        ring_all(self._doorbell, [job_id])

    def _finish_run(self, run_id: str) -> None:
        with self._database.read() as session:
            run = session.get_one(SyncRun, run_id)
            if run.state != RunState.PROCESSING:
                return
            missing = find_missing(session, run) if run.listing_complete else None
            actor = run.deletions_approved_by or run.requested_by
        is_approved = run.deletions_approved_by is not None
        if missing and not is_approved and needs_approval(missing, self._settings):
            self._await_approval(run_id, len(missing.ids))
            return
        if missing:
            delete_documents(
                missing.ids,
                run_id=run_id,
                actor=actor,
                database=self._database,
                index=self._index,
                texts=self._texts,
            )
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            run.state = RunState.SUCCEEDED
            run.pending_deletions = 0
            run.ended_at = utc_now()
        log.info(
            "sync_finished",
            run_id=run_id,
            added=run.added,
            changed=run.changed,
            unchanged=run.unchanged,
            deleted=run.deleted,
            failed=run.failed,
        )
        if run.to_process or run.deleted:
            self._index.optimize()

    def _await_approval(self, run_id: str, documents: int) -> None:
        with self._database.write() as session:
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            source = session.get_one(Source, run.source_id)
            run.state = RunState.AWAITING_APPROVAL
            run.pending_deletions = documents
            run.ended_at = utc_now()
        log.warning(
            "deletions_await_approval",
            run_id=run_id,
            source_id=source.id,
            owner=source.owner_name,
            contact=source.owner_contact,
            documents=documents,
        )

    def _source_of(self, run_id: str) -> Source:
        with self._database.read() as session:
            return _source_of(session, run_id)


class _Listing:
    """The listing without its end, whose word on completeness it keeps."""

    def __init__(self, items: Iterator[ListingItem]) -> None:
        self._items = items
        self.is_complete = False

    def __iter__(self) -> Iterator[Listed]:
        for item in self._items:
            if isinstance(item, ListingEnd):
                self.is_complete = item.is_complete
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


def _source_of(session: Session, run_id: str) -> Source:
    run = session.get_one(SyncRun, run_id)
    return session.get_one(Source, run.source_id)


def _connect(source: Source) -> Connector:
    return load_connector_type(source.kind).from_config(source.config)
