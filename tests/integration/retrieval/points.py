"""Small chunks with random vectors: an index needs no model to be tested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.access import Principal
from core.chunks import Chunk, DocumentId, SourceId, chunk_id
from retrieval.embedders.vectors import Encoding, Vectors
from retrieval.filters import SearchFilters
from retrieval.index.contract import IndexPoint, IndexQuery
from retrieval.sparse import Bm25Encoder, SparseVector

DIMENSION = 8
TOKEN_DIMENSION = 4
ANA = Principal(user="ana")

_ENCODER = Bm25Encoder()


def vector(seed: int) -> Vectors:
    """A random unit vector, the same for the same seed."""
    values = np.random.default_rng(seed).normal(size=DIMENSION)
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)


def token_vectors(*axes: int) -> Vectors:
    """One unit vector along each of these axes."""
    return np.eye(TOKEN_DIMENSION, dtype=np.float32)[list(axes)]


def point(
    document: str = "doc",
    ordinal: int = 0,
    *,
    text: str = "annual leave policy",
    seed: int = 0,
    acl: Sequence[str] = ("everyone",),
    source: str = "source",
    path: str = "a.md",
    mime: str = "text/markdown",
    updated_at: datetime | None = None,
    embedding_hash: str | None = None,
    tokens: Vectors | None = None,
) -> IndexPoint:
    """A chunk of one document; what a test does not name does not matter to it."""
    document_id = DocumentId(document)
    chunk = Chunk(
        id=chunk_id(document_id, ordinal),
        document_id=document_id,
        source_id=SourceId(source),
        ordinal=ordinal,
        text=text,
        start=0,
        end=len(text),
        text_version="v1",
        title="Title",
        path=path,
        mime=mime,
        uri=f"file:///{path}",
        heading_path=("Handbook", "Leave"),
        page=3,
        token_count=4,
        acl=tuple(acl),
        sensitivity="internal",
        updated_at=updated_at,
    )
    return IndexPoint(
        chunk=chunk,
        encoding=Encoding(dense=vector(seed), tokens=tokens),
        sparse=_ENCODER.encode_passage(text),
        embedding_hash=embedding_hash or f"{document}/{ordinal}",
    )


def query(
    *,
    text: str | None = "annual leave policy",
    seed: int | None = 0,
    principal: Principal = ANA,
    filters: SearchFilters | None = None,
    top_k: int = 50,
    candidate_k: int = 100,
    explain: bool = False,
    tokens: Vectors | None = None,
) -> IndexQuery:
    """A hybrid query; without `text` dense only, without `seed` sparse only."""
    sparse: SparseVector | None = _ENCODER.encode_query(text) if text is not None else None
    return IndexQuery(
        principal=principal,
        filters=filters or SearchFilters(),
        top_k=top_k,
        candidate_k=candidate_k,
        dense=vector(seed) if seed is not None else None,
        sparse=sparse,
        tokens=tokens,
        explain=explain,
    )
