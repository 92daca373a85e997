"""Sparse vectors for BM25: the same encoder for documents and queries; the engine weighs by IDF."""

from __future__ import annotations

from dataclasses import dataclass

from qdrant_edge import Bm25, Bm25Config


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Token hashes and their weights, of equal length; empty for a text of stop words alone."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


class Bm25Encoder:
    """Term frequencies with saturation and length normalisation, as Qdrant computes them."""

    def __init__(self, *, language: str = "english") -> None:
        self._bm25 = Bm25(Bm25Config(language=language))

    def encode_passage(self, text: str) -> SparseVector:
        vector = self._bm25.embed_document(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))

    def encode_query(self, text: str) -> SparseVector:
        vector = self._bm25.embed_query(text)
        return SparseVector(tuple(vector.indices), tuple(vector.values))
