"""Deleting what a source no longer has: guarded before, complete and receipted after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from core.audit import record_audit
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import Document, DocumentState, SyncRun
from core.chunks import DocumentId
from core.settings import SyncSettings
from retrieval.index.contract import VectorIndex

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDocuments:
    """Documents of a source that its complete listing did not name.

    `moved` of them have their content under another name in the same source; `known` counts the
    source's documents before this run. `guarded` is what the guard weighs.
    """

    ids: tuple[str, ...]
    moved: int
    known: int
    listed: int

    @property
    def guarded(self) -> int:
        return len(self.ids) - self.moved


def find_missing(session: Session, run: SyncRun) -> MissingDocuments:
    """What the run's listing did not name. Only of meaning when that listing was complete."""
    is_missing = (
        Document.source_id == run.source_id,
        Document.last_seen_run_id.is_distinct_from(run.id),
    )
    other = aliased(Document)
    has_moved = (
        select(other.id)
        .where(
            other.source_id == run.source_id,
            other.last_seen_run_id == run.id,
            other.content_hash == Document.content_hash,
            other.state == DocumentState.INDEXED,
        )
        .exists()
    )
    ids = session.scalars(select(Document.id).where(*is_missing).order_by(Document.path)).all()
    moved = session.scalar(
        select(func.count()).select_from(Document).where(*is_missing).where(has_moved)
    )
    return MissingDocuments(
        ids=tuple(ids), moved=moved or 0, known=len(ids) + run.seen - run.added, listed=run.seen
    )


def needs_approval(missing: MissingDocuments, settings: SyncSettings) -> bool:
    """Whether a person must look first: an empty listing, or a large share gone at once.

    An outage or a wrong setting looks just like a mass deletion, and only one of them is wanted.
    """
    if not missing.ids:
        return False
    if missing.listed == 0:
        return True
    return (
        missing.guarded >= settings.deletion_guard_min_documents
        and missing.guarded > settings.deletion_guard_share * missing.known
    )


def delete_documents(
    document_ids: Sequence[str],
    *,
    run_id: str,
    actor: str,
    database: Database,
    index: VectorIndex,
    texts: TextStore,
) -> None:
    """Delete documents from index, texts and catalog, and leave a receipt for each.

    The catalog's row goes last, so a deletion that was cut short is found and done again.
    """
    for first in range(0, len(document_ids), _BATCH):
        batch = document_ids[first : first + _BATCH]
        for document_id in batch:
            index.delete_document(DocumentId(document_id))
            texts.delete_document(DocumentId(document_id))
        index.flush()
        with database.write() as session:
            rows = session.execute(
                delete(Document)
                .where(Document.id.in_(batch))
                .returning(Document.id, Document.external_id, Document.chunk_count)
            ).all()
            for row in rows:
                record_audit(
                    session,
                    actor=actor,
                    action="document_deleted",
                    subject=row.id,
                    external_id=row.external_id,
                    chunks=row.chunk_count,
                    run_id=run_id,
                )
            run = session.get_one(SyncRun, run_id, with_for_update=True)
            run.deleted += len(rows)
