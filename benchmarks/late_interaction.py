"""Late interaction over stored token vectors against computing them for each question's candidates.

    python -m benchmarks.late_interaction FOLDER [--data-dir DIR]

Prints how many token vectors a chunk has, the bytes that they take at each width, and, question by
question in turn, the time of a search without late interaction, of one over stored vectors, and of
embedding the candidates anew. What comes out is the same either way, but for the projection: that
is the study `token_vectors` of `benchmarks.ablation`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.support import percentile, scratch_vouch, sentences_as_questions
from core.access import Principal
from core.settings import EmbeddingSettings, SearchSettings
from retrieval.embedders.contract import load_embedder
from retrieval.filters import SearchFilters
from retrieval.index.contract import IndexQuery, VectorIndex
from retrieval.sparse import Bm25Encoder

_READER = Principal(user="admin")
_QUESTIONS = 20
_WIDTHS = (16, 32, 64, 128, 384)
_BYTES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description="Stored token vectors against computed ones.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-dir", type=Path, help="keeps the index, or has it already")
    arguments = parser.parse_args()
    embedder = load_embedder(EmbeddingSettings())
    sparse_encoder = Bm25Encoder()
    without_ms, stored_ms, computed_ms, kept, candidates = [], [], [], [], []
    with scratch_vouch(arguments.data_dir) as vouch:
        vouch.ensure_indexed(arguments.folder)
        index = vouch.embedded.services.index
        print(f"chunks: {index.count()}")
        for question in sentences_as_questions(arguments.folder, count=_QUESTIONS):
            encoding = embedder.encode_query(question)
            settings = SearchSettings()
            query = IndexQuery(
                principal=_READER,
                filters=SearchFilters(),
                top_k=2 * settings.candidate_k,
                candidate_k=settings.candidate_k,
                dense=encoding.dense,
                sparse=sparse_encoder.encode_query(question),
                tokens=encoding.tokens,
                dense_weight=settings.dense_weight,
                sparse_weight=settings.sparse_weight,
                tokens_weight=settings.tokens_weight,
            )
            without_ms.append(_timed_ms(index, replace(query, tokens=None)))
            stored_ms.append(_timed_ms(index, query))
            texts = [hit.chunk.text for hit in index.search(query)]
            started = time.perf_counter()
            encodings = embedder.encode_passages(texts)
            computed_ms.append((time.perf_counter() - started) * 1000)
            candidates.append(len(texts))
            kept += [len(each.tokens) for each in encodings if each.tokens is not None]
    print(f"token vectors a chunk: {np.mean(kept):.0f}")
    for width in _WIDTHS:
        print(
            f"  {width} dimensions of 16 bits: {np.mean(kept) * width * _BYTES:,.0f} bytes a chunk"
        )
    print(f"candidates a question: {np.mean(candidates):.0f}")
    for label, values in (
        ("index query without", without_ms),
        ("index query with stored vectors", stored_ms),
        ("embedding the candidates", computed_ms),
    ):
        print(
            f"{label}: p50 {percentile(values, 0.5):.1f} ms, p95 {percentile(values, 0.95):.1f} ms"
        )


def _timed_ms(index: VectorIndex, query: IndexQuery) -> float:
    started = time.perf_counter()
    index.search(query)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
