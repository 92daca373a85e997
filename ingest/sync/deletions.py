"""Deleting what a source no longer has: guarded before, complete and receipted after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from connectors.contract import Coverage
from core.audit import record_audit
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import Document, DocumentState, SyncRun
from core.chunks import DocumentId
from core.forgetting import forget_documents
from core.settings import SyncSettings
from retrieval.index.contract import VectorIndex

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingDocuments:
    """Documents that the run found gone: `ids` with their children, parents first.

    The other figures count only documents that a listing can name. `moved` of the `gone` ones
    have their content under another name in the same source; `known` counts the source's
    documents before this run, `listed` those that the run saw.
    """

    ids: tuple[str, ...]
    gone: int
    moved: int
    known: int
    listed: int


def find_missing(session: Session, run: SyncRun) -> MissingDocuments:
    """What the run's listing said or let conclude to be gone, and what went with it."""
    is_gone = _is_gone(run)
    is_named = Document.is_unpacked.is_(False)
    other = aliased(Document)
    has_moved = (
        select(other.id)
        .where(
            other.source_id == run.source_id,
            other.last_seen_run_id == run.id,
            other.removed_by_run_id.is_(None),
            other.content_hash == Document.content_hash,
            other.state == DocumentState.INDEXED,
        )
        .exists()
    )
    ids = session.scalars(select(Document.id).where(is_gone).order_by(Document.path)).all()
    return MissingDocuments(
        ids=tuple(with_descendants(session, ids)),
        gone=_count(session, is_gone, is_named),
        moved=_count(session, is_gone, is_named, has_moved),
        known=_count(session, Document.source_id == run.source_id, is_named) - run.added,
        listed=_count(
            session,
            Document.source_id == run.source_id,
            Document.last_seen_run_id == run.id,
            is_named,
        ),
    )


def with_descendants(session: Session, ids: Collection[str]) -> list[str]:
    """The documents and everything attached to them or unpacked from them, parents first."""
    found = dict.fromkeys(ids)
    level: Sequence[str] = list(ids)
    while level:
        children: list[str] = []
        for first in range(0, len(level), _BATCH):
            batch = level[first : first + _BATCH]
            children += session.scalars(select(Document.id).where(Document.parent_id.in_(batch)))
        level = [child for child in children if child not in found]
        found |= dict.fromkeys(level)
    return list(found)


def needs_approval(missing: MissingDocuments, run: SyncRun, settings: SyncSettings) -> bool:
    """Whether a person must look first: an empty listing, or a large share gone at once.

    An outage or a wrong setting looks just like a mass deletion, and only one of them is wanted.
    """
    if not missing.gone:
        return False
    if missing.listed == 0 and run.coverage == Coverage.EVERYTHING:
        return True
    guarded = missing.gone - missing.moved
    return (
        guarded >= settings.deletion_guard_min_documents
        and guarded > settings.deletion_guard_share * missing.known
    )


def delete_documents(
    document_ids: Sequence[str],
    *,
    run_id: str | None,
    actor: str,
    database: Database,
    index: VectorIndex,
    texts: TextStore,
) -> None:
    """Delete documents from index, texts, kept answers and catalog, with a receipt for each.

    `run_id` is the run that found them gone; None where the whole source goes.
    The catalog's row goes last, so a deletion that was cut short is found and done again; and
    children go before their parents, without which they would not be found again.
    """
    children_first = document_ids[::-1]
    for first in range(0, len(children_first), _BATCH):
        batch = children_first[first : first + _BATCH]
        for document_id in batch:
            index.delete_document(DocumentId(document_id))
            texts.delete_document(DocumentId(document_id))
        index.flush()
        with database.write() as session:
            kept_claims = forget_documents(session, batch)
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
                    kept_claims=kept_claims.get(row.id, 0),
                    run_id=run_id,
                )
            if run_id is not None:
                run = session.get_one(SyncRun, run_id, with_for_update=True)
                run.deleted += len(rows)


def _is_gone(run: SyncRun) -> ColumnElement[bool]:
    was_removed = Document.removed_by_run_id == run.id
    was_not_named = and_(
        Document.is_unpacked.is_(False), Document.last_seen_run_id.is_distinct_from(run.id)
    )
    gone = or_(was_removed, was_not_named) if run.coverage == Coverage.EVERYTHING else was_removed
    return and_(Document.source_id == run.source_id, gone)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(*conditions)) or 0
