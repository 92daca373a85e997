"""Indexing a batch of documents: prepare, embed what is new, write the index, commit the catalog.

The order makes a kill at any moment harmless. Points have deterministic ids and are flushed before
the catalog says that they are there; until it does, the document is pending and is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from connectors.contract import Connector
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import Document, DocumentState, Source, SyncRun, utc_now
from core.errors import TransientError, VouchError
from core.forgetting import forget_lost_quotes
from ingest.members import PreparedMember
from ingest.preparing import PreparedChunk, PreparedDocument
from ingest.reading import DocumentReader, ReadDocument
from retrieval.embedders.contract import Embedder
from retrieval.embedders.vectors import Encoding
from retrieval.index.contract import IndexPoint, VectorIndex
from retrieval.sparse import Bm25Encoder

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

# Between two of these the job proves that it is alive and still owned.
_EMBED_SLICE = 128


class JobLost(Exception):
    """Another worker holds the job by now: what is left of it is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    document_id: str
    code: str
    detail: str
    is_transient: bool


@dataclass(slots=True)
class _Batch:
    documents: list[ReadDocument] = field(default_factory=list)
    failures: list[_Failure] = field(default_factory=list)

    @property
    def members(self) -> list[PreparedMember]:
        return [member for read in self.documents for member in read.members.members]

    @property
    def prepared(self) -> list[PreparedDocument]:
        """Documents and what is inside them, as the index is to hold them."""
        found = [read.prepared for read in self.documents]
        found += [member.prepared for member in self.members]
        return [prepared for prepared in found if prepared is not None]


@dataclass(slots=True)
class _EmbeddingCount:
    embedded: int = 0
    reused: int = 0
    tokens: int = 0


class BatchIndexer:
    """Indexes documents of one generation. Safe to use from several threads."""

    def __init__(
        self,
        *,
        database: Database,
        texts: TextStore,
        reader: DocumentReader,
        embedder: Embedder,
        sparse_encoder: Bm25Encoder,
        index: VectorIndex,
        generation_id: str,
    ) -> None:
        self._database = database
        self._texts = texts
        self._reader = reader
        self._embedder = embedder
        self._sparse_encoder = sparse_encoder
        self._index = index
        self._generation_id = generation_id

    def index_batch(
        self,
        document_ids: Sequence[str],
        *,
        run_id: str,
        source: Source,
        connector: Connector,
        still_mine: Callable[[], bool],
    ) -> None:
        """Index those of the documents that are still pending; failures are recorded on each.

        Raises JobLost as soon as `still_mine` says no, and IndexUnavailable.
        """
        batch = self._prepare(document_ids, source=source, connector=connector, check=still_mine)
        count = self._write_index(batch.prepared, check=still_mine)
        _require(still_mine)
        with self._database.write() as session:
            self._commit(session, run_id, batch, count)
            forget_lost_quotes(
                session, {document.document_id: document.text for document in batch.prepared}
            )

    def _prepare(
        self,
        document_ids: Sequence[str],
        *,
        source: Source,
        connector: Connector,
        check: Callable[[], bool],
    ) -> _Batch:
        batch = _Batch()
        for document in self._pending(document_ids):
            _require(check)
            try:
                read = self._reader.read(
                    document,
                    known_children=self._children(document),
                    source=source,
                    connector=connector,
                )
            except VouchError as error:
                batch.failures.append(_failure(document.id, error))
            except Exception:
                log.exception("document_preparation_failed", document_id=document.id)
                batch.failures.append(_internal_failure(document.id))
            else:
                batch.documents.append(read)
        return batch

    def _children(self, document: Document) -> Sequence[Document]:
        with self._database.read() as session:
            return session.scalars(select(Document).where(Document.parent_id == document.id)).all()

    def _pending(self, document_ids: Sequence[str]) -> Sequence[Document]:
        with self._database.read() as session:
            return session.scalars(
                select(Document)
                .where(Document.id.in_(document_ids), Document.state == DocumentState.PENDING)
                .order_by(Document.path)
            ).all()

    def _write_index(
        self, documents: Sequence[PreparedDocument], *, check: Callable[[], bool]
    ) -> _EmbeddingCount:
        chunks = [chunk for document in documents for chunk in document.chunks]
        encodings, count = self._encodings_of(chunks, check=check)
        points = [
            IndexPoint(
                chunk=chunk.chunk,
                encoding=encodings[chunk.embedding_hash],
                sparse=self._sparse_encoder.encode_passage(
                    chunk.sparse_text, language=chunk.chunk.language
                ),
                embedding_hash=chunk.embedding_hash,
            )
            for chunk in chunks
        ]
        _require(check)
        for document in documents:
            # Before the points, because a hit's quote is checked against the stored text.
            self._texts.put_text(document.document_id, document.text_version, document.text)
        self._index.upsert(points)
        for document in documents:
            self._index.delete_document(document.document_id, from_ordinal=len(document.chunks))
        self._index.flush()
        for document in documents:
            self._texts.delete_document(document.document_id, keep=document.text_version)
        return count

    def _encodings_of(
        self, chunks: Sequence[PreparedChunk], *, check: Callable[[], bool]
    ) -> tuple[dict[str, Encoding], _EmbeddingCount]:
        """Vectors by embedding hash. The index is also the cache: text that it holds, under
        whatever document, is not embedded again.
        """
        by_hash = {chunk.embedding_hash: chunk for chunk in chunks}
        encodings = self._index.find_vectors(list(by_hash))
        missing = sorted(
            (chunk for hash_, chunk in by_hash.items() if hash_ not in encodings),
            key=lambda chunk: len(chunk.embedded_text),
            reverse=True,
        )
        for first in range(0, len(missing), _EMBED_SLICE):
            _require(check)
            part = missing[first : first + _EMBED_SLICE]
            embedded = self._embedder.encode_passages([chunk.embedded_text for chunk in part])
            for chunk, encoding in zip(part, embedded, strict=True):
                encodings[chunk.embedding_hash] = encoding
        return encodings, _EmbeddingCount(
            embedded=len(missing),
            reused=len(chunks) - len(missing),
            tokens=sum(chunk.chunk.token_count for chunk in missing),
        )

    def _commit(self, session: Session, run_id: str, batch: _Batch, count: _EmbeddingCount) -> None:
        run = session.get_one(SyncRun, run_id, with_for_update=True)
        for read in batch.documents:
            document = session.get(Document, read.document_id)
            if document is not None:
                run.bytes_fetched += read.size_bytes
                self._record(run, document, read.prepared)
                for member in read.members.members:
                    self._record_member(session, run, member)
                for gone_id in read.members.gone_ids:
                    gone = session.get_one(Document, gone_id)
                    gone.removed_by_run_id = run_id
        for failure in batch.failures:
            document = session.get(Document, failure.document_id)
            if document is not None:
                run.failed += 1
                _mark_failed(document, failure)
        run.processed += len(batch.documents) + len(batch.failures)
        run.chunks_embedded += count.embedded
        run.chunks_reused += count.reused
        run.tokens_embedded += count.tokens

    def _record(self, run: SyncRun, document: Document, prepared: PreparedDocument | None) -> None:
        if prepared is None:
            run.unchanged += 1
            _mark_indexed(document)
            return
        is_new = document.indexed_revision is None
        run.added += is_new
        run.changed += not is_new
        self._record_indexed(document, prepared)

    def _record_member(self, session: Session, run: SyncRun, member: PreparedMember) -> None:
        """A member counts as a document of the run from when it was found."""
        if member.is_new:
            session.add(member.document)
            document = member.document
        else:
            document = session.merge(member.document)
        document.removed_by_run_id = None
        run.seen += 1
        run.to_process += 1
        run.processed += 1
        if member.failure is not None:
            code, detail, is_transient = member.failure
            run.failed += 1
            _mark_failed(
                document,
                _Failure(
                    document_id=document.id, code=code, detail=detail, is_transient=is_transient
                ),
            )
        else:
            self._record(run, document, member.prepared)

    def _record_indexed(self, document: Document, prepared: PreparedDocument) -> None:
        document.content_hash = prepared.content_hash
        document.text_version = prepared.text_version
        document.title = prepared.title
        document.generation_id = self._generation_id
        document.chunk_count = len(prepared.chunks)
        document.token_count = sum(chunk.chunk.token_count for chunk in prepared.chunks)
        document.indexed_at = utc_now()
        _mark_indexed(document)


def fail_pending(session: Session, run_id: str, document_ids: Sequence[str]) -> None:
    """Record that these documents' job could not be done; the next sync tries them again."""
    run = session.get_one(SyncRun, run_id, with_for_update=True)
    pending = session.scalars(
        select(Document).where(
            Document.id.in_(document_ids), Document.state == DocumentState.PENDING
        )
    )
    for document in pending:
        run.processed += 1
        run.failed += 1
        _mark_failed(document, _internal_failure(document.id))


def _mark_indexed(document: Document) -> None:
    document.state = DocumentState.INDEXED
    document.indexed_revision = document.revision
    document.failure_code = None
    document.failure_detail = None
    document.failure_is_transient = False


def _mark_failed(document: Document, failure: _Failure) -> None:
    document.state = DocumentState.FAILED
    document.failure_code = failure.code
    document.failure_detail = failure.detail
    document.failure_is_transient = failure.is_transient


def _failure(document_id: str, error: VouchError) -> _Failure:
    return _Failure(
        document_id=document_id,
        code=error.code,
        detail=error.detail,
        is_transient=isinstance(error, TransientError),
    )


def _internal_failure(document_id: str) -> _Failure:
    return _Failure(
        document_id=document_id,
        code="internal_error",
        detail="An unexpected error, which is in the worker's log. The next sync tries again.",
        is_transient=True,
    )


def _require(check: Callable[[], bool]) -> None:
    if not check():
        raise JobLost
