"""The variants that are compared: how an index is built, and how it is searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qdrant_edge import Bm25, Bm25Config, DisabledStemmer, StopwordsSet

from benchmarks.ablation.refusion import (
    Fusion,
    between_extremes,
    distribution_based,
    reciprocal_rank,
)
from core.settings import ChunkingSettings, SearchSettings
from ingest.chunkers.contract import Chunker, ChunkSpan, TokenCounter, embedded_text
from ingest.chunkers.fixed import FixedChunker
from ingest.chunkers.structure import StructureChunker
from ingest.preparing import words_of_path
from retrieval.sparse import Bm25Encoder, SparseVector

MakeChunker = Callable[[int, TokenCounter], Chunker]
"""From the embedding model's limit, in tokens, and its tokenizer."""

MakeText = Callable[[str, str, ChunkSpan], str]
"""From a document's path, a chunk's own text and its span to the text that is encoded."""


def _structure(limit: int, tokens: TokenCounter) -> Chunker:
    return StructureChunker(
        max_tokens=limit, target_tokens=min(limit, ChunkingSettings().max_tokens), tokens=tokens
    )


def _with_header(_: str, text: str, span: ChunkSpan) -> str:
    return embedded_text(span.header, text)


def _with_path(path: str, text: str, span: ChunkSpan) -> str:
    return f"{words_of_path(path)}\n{embedded_text(span.header, text)}"


def _alone(_: str, text: str, _span: ChunkSpan) -> str:
    return text


def _with_context(_: str, text: str, span: ChunkSpan) -> str:
    return embedded_text(span.context, text)


def _without_context(_: str, text: str, span: ChunkSpan) -> str:
    return embedded_text(span.header.removesuffix(span.context).rstrip("\n"), text)


def _with_path_without_context(path: str, text: str, span: ChunkSpan) -> str:
    return f"{words_of_path(path)}\n{_without_context(path, text, span)}"


class PlainBm25(Bm25Encoder):
    """The engine's BM25 and nothing of ours."""

    def __init__(self, config: Bm25Config) -> None:
        self._bm25 = Bm25(config)

    def encode_passage(self, text: str, *, language: str | None = None) -> SparseVector:
        vector = self._bm25.embed_document(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))

    def _encode_query(self, text: str) -> SparseVector:
        vector = self._bm25.embed_query(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Build:
    """How chunks are cut and encoded; the default is what Vouch does by default."""

    chunker: MakeChunker = _structure
    dense_text: MakeText = _with_header
    sparse_text: MakeText = _with_path
    sparse_encoder: Callable[[], Bm25Encoder] = Bm25Encoder
    token_dimension: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One row. Variants with the same build share an index. `fusion` takes the place of Vouch's."""

    label: str
    build: Build
    search: SearchSettings = field(default_factory=SearchSettings)
    fusion: Fusion | None = None


DEFAULT = Build()
_DENSE = SearchSettings(mode="dense", late_interaction=False)
_SPARSE = SearchSettings(mode="sparse", late_interaction=False)
_HYBRID = SearchSettings(late_interaction=False)
_EQUAL = {"dense": 1.0, "sparse": 1.0, "tokens": 1.0}
_WEIGHTS = {
    "dense": SearchSettings().dense_weight,
    "sparse": SearchSettings().sparse_weight,
    "tokens": SearchSettings().tokens_weight,
}


def _target(tokens: int) -> MakeChunker:
    return lambda limit, counter: StructureChunker(
        max_tokens=limit, target_tokens=tokens, tokens=counter
    )


def _fixed(size: int, overlap: int = 0) -> MakeChunker:
    return lambda limit, counter: FixedChunker(
        max_tokens=min(size, limit), tokens=counter, overlap=overlap
    )


def _chunking() -> list[Variant]:
    fixed = Build(chunker=_fixed(256))
    return [
        Variant(label="structure, header, up to the model's limit", build=DEFAULT),
        Variant(label="without the header", build=Build(dense_text=_with_context)),
        Variant(label="target of 192 tokens", build=Build(chunker=_target(192))),
        Variant(label="target of 128 tokens", build=Build(chunker=_target(128))),
        Variant(label="target of 64 tokens", build=Build(chunker=_target(64))),
        Variant(label="fixed size of 256", build=fixed),
        Variant(label="fixed size of 256, overlap 64", build=Build(chunker=_fixed(256, 64))),
        Variant(label="fixed size of 128", build=Build(chunker=_fixed(128))),
        Variant(label="fixed size of 128, overlap 32", build=Build(chunker=_fixed(128, 32))),
        Variant(label="fixed size of 256, dense alone", build=fixed, search=_DENSE),
        Variant(label="structure, header, dense alone", build=DEFAULT, search=_DENSE),
    ]


def _copies() -> list[Variant]:
    rows = [
        ("copies are one hit, the newest version first", SearchSettings()),
        ("each copy a hit of its own", SearchSettings(collapse_duplicates=False)),
        ("versions as they are found", SearchSettings(newer_first=False)),
    ]
    return [Variant(label=label, build=DEFAULT, search=search) for label, search in rows]


def _tables() -> list[Variant]:
    bare = Build(dense_text=_without_context, sparse_text=_with_path_without_context)
    return [
        Variant(label="rows behind their column names", build=DEFAULT),
        Variant(label="column names in a table's first chunk alone", build=bare),
        Variant(label="fixed size of 256", build=Build(chunker=_fixed(256))),
        Variant(label="fixed size of 128", build=Build(chunker=_fixed(128))),
    ]


def _plain(**options: Any) -> Build:
    config = Bm25Config(**{"language": "english", **options})
    return Build(sparse_encoder=lambda: PlainBm25(config))


def _bm25_text() -> list[Variant]:
    rows: list[tuple[str, Build]] = [
        ("path, title and headings, text", DEFAULT),
        ("title and headings, text", Build(sparse_text=_with_header)),
        ("text alone", Build(sparse_text=_alone)),
        ("the engine's English as it is", _plain()),
        ("without stemming", _plain(stemmer=DisabledStemmer())),
        ("without stop words left out", _plain(stopwords=StopwordsSet())),
        ("average length of 100 words, not 256", _plain(avg_len=100.0)),
        ("without length normalisation", _plain(b=0.0)),
    ]
    return [
        Variant(label=f"{label}: {name}", build=build, search=search)
        for label, build in rows
        for name, search in (("BM25 alone", _SPARSE), ("all", SearchSettings()))
    ]


def _fusion() -> list[Variant]:
    rows: list[tuple[str, SearchSettings]] = [
        ("dense + BM25 0.3 + tokens", SearchSettings()),
        ("dense + BM25 0.3", _HYBRID),
        ("dense + tokens", SearchSettings(mode="dense")),
        ("BM25 + tokens", SearchSettings(mode="sparse")),
        ("dense", _DENSE),
        ("BM25", _SPARSE),
    ]
    rows += [
        (f"BM25 weight {weight}", SearchSettings(sparse_weight=weight))
        for weight in (0.1, 0.2, 0.5, 1.0)
    ]
    rows += [
        (f"tokens weight {weight}", SearchSettings(tokens_weight=weight))
        for weight in (0.5, 2.0, 4.0)
    ]
    rows += [(f"{k} candidates", SearchSettings(candidate_k=k)) for k in (20, 100, 200)]
    fusions: list[tuple[str, Fusion]] = [
        ("reciprocal rank, k = 60", reciprocal_rank(_EQUAL, k=60)),
        ("reciprocal rank, k = 60, weighted", reciprocal_rank(_WEIGHTS, k=60)),
        ("reciprocal rank, k = 10, weighted", reciprocal_rank(_WEIGHTS, k=10)),
        ("distribution-based", distribution_based(_EQUAL)),
        ("distribution-based, weighted", distribution_based(_WEIGHTS)),
        ("between the extremes, weighted", between_extremes(_WEIGHTS)),
    ]
    return [Variant(label=label, build=DEFAULT, search=search) for label, search in rows] + [
        Variant(label=label, build=DEFAULT, fusion=fusion) for label, fusion in fusions
    ]


def _token_vectors() -> list[Variant]:
    return [Variant(label="none", build=DEFAULT, search=_HYBRID)] + [
        Variant(label=f"{dimension} dimensions", build=Build(token_dimension=dimension))
        for dimension in (16, 32, 64, 128, 384)
    ]


def _identifiers() -> list[Variant]:
    like_any_other = SearchSettings(identifier_sparse_weight=SearchSettings().sparse_weight)
    rows = [("as any question", like_any_other), ("BM25 alone", _SPARSE)]
    rows += [
        (f"BM25 weight {weight}", SearchSettings(identifier_sparse_weight=weight))
        for weight in (1.0, 2.0, 4.0)
    ]
    return [Variant(label=label, build=DEFAULT, search=search) for label, search in rows]


STUDIES: Mapping[str, Callable[[], list[Variant]]] = {
    "chunking": _chunking,
    "bm25_text": _bm25_text,
    "fusion": _fusion,
    "token_vectors": _token_vectors,
    "identifiers": _identifiers,
    "tables": _tables,
    "copies": _copies,
}
