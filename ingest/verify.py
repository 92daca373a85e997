"""At start: does the index hold what the catalog says? Engines notice only part of a damage."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.catalog.database import Database
from core.catalog.models import Document, DocumentState
from core.chunks import DocumentId
from core.runs import find_unfinished_run, queue_run
from retrieval.index.contract import VectorIndex

log = structlog.get_logger(__name__)

_REQUESTED_BY = "start-up check"


def repair_index(database: Database, index: VectorIndex) -> list[str]:
    """Queue a sync for every source with a document whose chunks are not all there.

    Chunks of documents that the catalog does not know are deleted. Returns the ids of the jobs to
    ring for.
    """
    stored = index.count_by_document()
    with database.write() as session:
        documents = session.scalars(select(Document)).all()
        known = {document.id for document in documents}
        damaged = [
            document
            for document in documents
            if document.state != DocumentState.PENDING
            and document.chunk_count != stored.get(DocumentId(document.id), 0)
        ]
        by_id = {document.id: document for document in documents}
        # A member of a file is read again with the file.
        damaged += [
            by_id[document.parent_id]
            for document in damaged
            if document.is_unpacked and document.parent_id in by_id
        ]
        for document in damaged:
            document.state = DocumentState.PENDING
            # The same bytes must not count as indexed already.
            document.content_hash = None
        job_ids = [
            job_id
            for source_id in sorted({document.source_id for document in damaged})
            if (job_id := _queue_sync(session, source_id)) is not None
        ]
    unknown = [document_id for document_id in stored if document_id not in known]
    for document_id in unknown:
        index.delete_document(document_id)
    if unknown:
        index.flush()
    if damaged or unknown:
        log.warning("index_repaired", documents=len(damaged), unknown_documents=len(unknown))
    return job_ids


def _queue_sync(session: Session, source_id: str) -> str | None:
    if find_unfinished_run(session, source_id) is not None:
        return None
    _, job_id = queue_run(session, source_id, requested_by=_REQUESTED_BY)
    return job_id
