"""What a vector index promises. No type of any engine passes this line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.access import Principal
from core.chunks import Chunk, ChunkId, DocumentId, Hit
from core.errors import ConfigurationError, TransientError
from retrieval.embedders.vectors import Encoding, Vectors
from retrieval.filters import SearchFilters
from retrieval.sparse import SparseVector

RetrieverName = Literal["dense", "sparse", "tokens"]

DISTINCT_DEPTH = 200
"""How many chunks are looked through, at least, before fewer documents come than were asked for."""


class IndexUnavailable(TransientError):
    """The engine failed while it read or wrote."""

    title = "Index unavailable"


class IndexDamaged(ConfigurationError):
    """The stored index cannot be opened."""

    title = "Index damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPoint:
    """A chunk with its vectors. `embedding_hash` names the exact text that was embedded."""

    chunk: Chunk
    encoding: Encoding
    sparse: SparseVector
    embedding_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuery:
    """One question to the index, by at least one of `dense` and `sparse`, each of which names
    `candidate_k` chunks. With both, or with `tokens`, the chunks' scores are fused by weight (see
    `retrieval.fusion`); alone, a score is the retriever's own. A `top_k` that the candidates do not
    fill is filled with more chunks below them.

    `tokens` are late interaction: each of the question's token vectors is compared with all of a
    chunk's, and the best similarities are added up. They order what the others named.

    With `distinct_documents` there is one hit a document, its best chunk, and `top_k` counts them;
    they are looked for among the best DISTINCT_DEPTH chunks.
    """

    principal: Principal
    filters: SearchFilters
    top_k: int
    candidate_k: int
    dense: Vectors | None = None
    sparse: SparseVector | None = None
    tokens: Vectors | None = None
    dense_weight: float = 1.0
    sparse_weight: float = 1.0
    tokens_weight: float = 1.0
    explain: bool = False
    distinct_documents: bool = False


class VectorIndex(Protocol):
    """The chunks of one generation. Safe to use from several threads.

    Writes are visible to searches at once, and durable after `flush`.
    """

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Write points under their chunks' ids: twice is once.

        Raises ValueError for a vector that is not finite: engines take one in silence.
        """
        ...

    def delete_document(self, document_id: DocumentId, *, from_ordinal: int = 0) -> None:
        """Delete the document's chunks from this ordinal on. Idempotent."""
        ...

    def set_acl(self, document_id: DocumentId, acl: Sequence[str]) -> None:
        """Replace who may read the document's chunks."""
        ...

    def set_description(
        self, document_id: DocumentId, *, uri: str, updated_at: datetime | None
    ) -> None:
        """Replace where the document's chunks say that it is, and how old."""
        ...

    def find_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, Encoding]:
        """Vectors already stored for these texts, by hash; absent ones are left out."""
        ...

    def search(self, query: IndexQuery) -> list[Hit]:
        """At most `top_k` hits that the principal may read, best first, ties by chunk id."""
        ...

    def find_chunks(
        self, ids: Sequence[ChunkId], *, principal: Principal, filters: SearchFilters
    ) -> dict[ChunkId, Chunk]:
        """Those of these chunks that the principal may read and that meet the filters; one that may
        not be read is left out like one that does not exist.
        """
        ...

    def count_by_document(self) -> dict[DocumentId, int]:
        """Number of chunks of every document in the index."""
        ...

    def count(self) -> int:
        """Number of chunks."""
        ...

    def flush(self) -> None:
        """Return when everything written so far survives a crash."""
        ...

    def optimize(self) -> None:
        """Merge segments and build search structures; may take minutes. Searches go on."""
        ...

    def close(self) -> None: ...
