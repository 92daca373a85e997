"""Comparing a listing with the manifest, page by page: what is new, changed, or only readable by
other people than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from connectors.contract import (
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    ListingFailure,
    Milestone,
)
from core.catalog.models import Document, DocumentState, Source, SyncRun, new_id
from core.jobs import IndexDocuments, add_job
from core.settings import SyncSettings
from ingest.sync.comparing import (
    acl_of,
    is_described_differently,
    needs_indexing,
    reads_differently,
)
from ingest.sync.outcome import add_notice
from ingest.sync.pages import Listed, known_documents
from ingest.sync.projection import apply_acls, apply_descriptions
from retrieval.index.contract import VectorIndex


@dataclass(slots=True)
class _PageOutcome:
    to_index: list[Document] = field(default_factory=list)
    acl_changes: list[Document] = field(default_factory=list)
    descriptions: list[Document] = field(default_factory=list)


class ListingApplier:
    """Applies pages of one run's listing. A page is one transaction, so a listing that is begun
    again after a kill meets its own documents as already seen, and queues none of them twice.
    """

    def __init__(
        self, *, run_id: str, source: Source, generation_id: str, settings: SyncSettings
    ) -> None:
        self._run_id = run_id
        self._source = source
        self._generation_id = generation_id
        self._settings = settings

    def apply_page(
        self, session: Session, page: Sequence[Listed], *, index: VectorIndex
    ) -> list[str]:
        """Record one page; returns the ids of the jobs to ring for after the commit."""
        run = session.get_one(SyncRun, self._run_id, with_for_update=True)
        known = known_documents(session, self._source.id, page)
        outcome = _PageOutcome()
        for item in page:
            match item:
                case DocumentRef():
                    self._apply_reference(session, run, item, known, outcome)
                case DocumentFailure():
                    self._apply_failure(session, run, item, known)
                case DocumentRemoved():
                    self._apply_removal(item, known)
                case ListingFailure():
                    self._apply_listing_failure(session, run, item)
                case Milestone():
                    run.milestone = item.checkpoint
        session.flush()
        apply_acls(session, index, outcome.acl_changes)
        apply_descriptions(index, outcome.descriptions)
        return self._add_index_jobs(session, outcome.to_index)

    def apply_leftovers(self, session: Session, *, include_permanent: bool) -> list[str]:
        """Queue what this run's listing did not name and an earlier run could not finish.

        A listing of changes does not name it again. What the listing itself refused has no
        revision, and only a listing can say more of it.
        """
        run = session.get_one(SyncRun, self._run_id, with_for_update=True)
        child = aliased(Document)
        has_unfinished_member = (
            select(child.id)
            .where(
                child.parent_id == Document.id,
                child.is_unpacked,
                _is_unfinished(child, include_permanent=include_permanent),
            )
            .exists()
        )
        was_not_named = Document.last_seen_run_id.is_distinct_from(self._run_id)
        documents = session.scalars(
            select(Document)
            .where(
                Document.source_id == self._source.id,
                Document.removed_by_run_id.is_(None),
                Document.is_unpacked.is_(False),
                Document.revision != "",
                or_(
                    and_(
                        was_not_named,
                        _is_unfinished(Document, include_permanent=include_permanent),
                    ),
                    # Named and unchanged: only its file shows its members.
                    and_(Document.state == DocumentState.INDEXED, has_unfinished_member),
                ),
            )
            .order_by(Document.path)
        ).all()
        for document in documents:
            run.seen += document.last_seen_run_id != self._run_id
            document.state = DocumentState.PENDING
            document.last_seen_run_id = self._run_id
            if include_permanent:
                _try_members_again(session, document)
        run.to_process += len(documents)
        session.flush()
        return self._add_index_jobs(session, documents)

    def _apply_reference(
        self,
        session: Session,
        run: SyncRun,
        ref: DocumentRef,
        known: dict[str, Document],
        outcome: _PageOutcome,
    ) -> None:
        document = known.get(ref.external_id)
        # By this listing, which may name a document twice, or by the failure of a part around it.
        is_seen = document is not None and document.last_seen_run_id == self._run_id
        if document is None:
            document = self._new_document(session, ref, known)
            known[ref.external_id] = document
            is_due = True
        elif is_seen and document.state != DocumentState.INDEXED:
            return
        else:
            acl = acl_of(ref, source=self._source, known=known)
            is_due = self._must_be_read_again(session, document, ref, outcome)
            is_due |= needs_indexing(document, ref, generation_id=self._generation_id)
            if document.acl != acl:
                document.acl = acl
                outcome.acl_changes.append(document)
                run.access_changed += 1
            elif not is_due and not is_seen and document.state == DocumentState.INDEXED:
                run.unchanged += 1
        _update_from_reference(document, ref)
        document.parent_id = _parent_id(ref, known)
        document.removed_by_run_id = None
        document.last_seen_run_id = self._run_id
        run.seen += not is_seen
        if is_due:
            document.state = DocumentState.PENDING
            outcome.to_index.append(document)
            run.to_process += 1
        elif document.state == DocumentState.FAILED:
            run.failed += 1

    def _must_be_read_again(
        self, session: Session, document: Document, ref: DocumentRef, outcome: _PageOutcome
    ) -> bool:
        """Whether what changed around the bytes asks for reading them; else the index is told."""
        is_other = is_described_differently(document, ref)
        if reads_differently(document, ref) or (is_other and _has_members(session, document)):
            # That the bytes are the same must not matter then.
            document.content_hash = None
            return True
        if is_other:
            outcome.descriptions.append(document)
        return False

    def _apply_failure(
        self,
        session: Session,
        run: SyncRun,
        failure: DocumentFailure,
        known: dict[str, Document],
    ) -> None:
        document = known.get(failure.external_id)
        if document is None:
            ref = DocumentRef(
                external_id=failure.external_id, revision="", path=failure.path, uri=""
            )
            document = self._new_document(session, ref, known)
            known[failure.external_id] = document
        elif document.last_seen_run_id == self._run_id:
            return
        document.state = DocumentState.FAILED
        document.failure_code = failure.code
        document.failure_detail = failure.detail
        # What the listing itself refuses costs nothing to look at again.
        document.failure_is_transient = True
        document.last_seen_run_id = self._run_id
        run.seen += 1
        run.failed += 1

    def _apply_removal(self, removal: DocumentRemoved, known: dict[str, Document]) -> None:
        document = known.get(removal.external_id)
        if document is not None:
            document.removed_by_run_id = self._run_id

    def _apply_listing_failure(
        self, session: Session, run: SyncRun, failure: ListingFailure
    ) -> None:
        add_notice(run, f"{failure.path_prefix or '/'}: {failure.detail}")
        # Nothing is known of the documents below, so they count as seen and keep their state.
        session.execute(
            update(Document)
            .where(
                Document.source_id == self._source.id,
                Document.path.startswith(failure.path_prefix, autoescape=True),
            )
            .values(last_seen_run_id=self._run_id)
            .execution_options(synchronize_session=False)
        )

    def _new_document(
        self, session: Session, ref: DocumentRef, known: dict[str, Document]
    ) -> Document:
        document = Document(
            id=new_id(),
            source_id=self._source.id,
            external_id=ref.external_id,
            path=ref.path,
            uri=ref.uri,
            revision=ref.revision,
            acl=acl_of(ref, source=self._source, known=known),
            state=DocumentState.PENDING,
            chunk_count=0,
            token_count=0,
        )
        session.add(document)
        return document

    def _add_index_jobs(self, session: Session, documents: Sequence[Document]) -> list[str]:
        job_ids = []
        for batch in _batches(documents, self._settings):
            payload = IndexDocuments(
                run_id=self._run_id, document_ids=tuple(document.id for document in batch)
            )
            job_id = add_job(
                session,
                payload,
                source_id=self._source.id,
                unique_key=f"index:{self._run_id}:{batch[0].id}",
            )
            if job_id is not None:
                job_ids.append(job_id)
        return job_ids


def _is_unfinished(
    document: type[Document] | AliasedClass[Document], *, include_permanent: bool
) -> ColumnElement[bool]:
    return or_(
        document.state == DocumentState.PENDING,
        and_(
            document.state == DocumentState.FAILED,
            true() if include_permanent else document.failure_is_transient,
        ),
    )


def _has_members(session: Session, document: Document) -> bool:
    """Whether something was unpacked from it, whose URI is made from its own."""
    return bool(
        session.scalar(
            select(exists().where(Document.parent_id == document.id, Document.is_unpacked))
        )
    )


def _try_members_again(session: Session, document: Document) -> None:
    session.execute(
        update(Document)
        .where(
            Document.parent_id == document.id,
            Document.is_unpacked,
            Document.state == DocumentState.FAILED,
        )
        .values(state=DocumentState.PENDING)
        .execution_options(synchronize_session=False)
    )


def _parent_id(ref: DocumentRef, known: dict[str, Document]) -> str | None:
    parent = None if ref.parent_id is None else known.get(ref.parent_id)
    return None if parent is None else parent.id


def _batches(documents: Sequence[Document], settings: SyncSettings) -> Iterator[list[Document]]:
    """Bounded in number and bytes: a job stays short, and what it holds in memory small."""
    batch: list[Document] = []
    batch_bytes = 0
    for document in documents:
        size = document.size_bytes or 0
        is_full = len(batch) >= settings.batch_documents
        if batch and (is_full or batch_bytes + size > settings.batch_bytes):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(document)
        batch_bytes += size
    if batch:
        yield batch


def _update_from_reference(document: Document, ref: DocumentRef) -> None:
    document.path = ref.path
    document.uri = ref.uri
    document.mime = ref.mime
    document.size_bytes = ref.size_bytes
    document.updated_at = ref.updated_at
    document.revision = ref.revision
