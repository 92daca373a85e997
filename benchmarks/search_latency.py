"""Search at the API against its bare parts: one query embedding and one engine query.

    python -m benchmarks.search_latency FOLDER [--chunk-tokens 44] [--data-dir DIR]

Small chunks make some 10,000 of them out of a modest folder, with real embeddings. Prints the
median of `POST /v1/search`, of the bare parts for the same questions, and their ratio; the three
are measured in turn for every question, so that a noisy machine disturbs them alike.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import qdrant_edge as qe

from benchmarks.support import Scratch, percentile, scratch_vouch, sentences_as_questions
from core.settings import ChunkingSettings, EmbeddingSettings
from retrieval.embedders.contract import Embedder, load_embedder
from retrieval.index.edge import EdgeIndex
from retrieval.sparse import Bm25Encoder

_TOP_K = 10
_CANDIDATE_K = 100
_QUESTIONS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description="Search latency against its bare parts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunk-tokens", type=int, default=44)
    parser.add_argument("--data-dir", type=Path, help="keeps the index, or has it already")
    arguments = parser.parse_args()
    chunking = ChunkingSettings(max_tokens=arguments.chunk_tokens)
    embedder = load_embedder(EmbeddingSettings())
    with scratch_vouch(arguments.data_dir, chunking=chunking) as vouch:
        vouch.ensure_indexed(arguments.folder)
        print(f"chunks: {vouch.embedded.services.index.count()}")
        questions = sentences_as_questions(arguments.folder, count=_QUESTIONS)
        _measure(vouch, embedder, questions[:20])
        api_ms, embed_ms, engine_ms = _measure(vouch, embedder, questions)
    api, bare = percentile(api_ms, 0.5), percentile(embed_ms, 0.5) + percentile(engine_ms, 0.5)
    print(f"search p50 {api:.1f} ms, p95 {percentile(api_ms, 0.95):.1f} ms")
    print(f"bare query embedding p50 {percentile(embed_ms, 0.5):.1f} ms")
    print(f"bare engine query p50 {percentile(engine_ms, 0.5):.1f} ms")
    print(f"ratio: {api / bare:.2f}")


def _measure(
    vouch: Scratch, embedder: Embedder, questions: list[str]
) -> tuple[list[float], list[float], list[float]]:
    index = vouch.embedded.services.index
    assert isinstance(index, EdgeIndex)
    sparse_encoder = Bm25Encoder()
    api_ms, embed_ms, engine_ms = [], [], []
    for question in questions:
        start = time.perf_counter()
        vouch.client.post("/v1/search", {"query": question, "top_k": _TOP_K})
        searched = time.perf_counter()
        vector = embedder.encode_query(question).dense
        embedded = time.perf_counter()
        request = _engine_request(vector.tolist(), sparse_encoder, question)
        index._shard.query(request)
        queried = time.perf_counter()
        api_ms.append((searched - start) * 1000)
        embed_ms.append((embedded - searched) * 1000)
        engine_ms.append((queried - embedded) * 1000)
    return api_ms, embed_ms, engine_ms


def _engine_request(
    dense: list[float], sparse_encoder: Bm25Encoder, question: str
) -> qe.QueryRequest:
    """The query that a program written straight against the engine would send."""
    readable = qe.Filter(
        must=[qe.FieldCondition("acl", match=qe.MatchAny(["everyone", "user:admin"]))]
    )
    sparse = sparse_encoder.encode_query(question)
    vector = qe.SparseVector(list(sparse.indices), list(sparse.values))
    return qe.QueryRequest(
        limit=_TOP_K,
        prefetches=[
            qe.Prefetch(
                limit=_CANDIDATE_K, query=qe.Query.Nearest(dense, using="dense"), filter=readable
            ),
            qe.Prefetch(
                limit=_CANDIDATE_K, query=qe.Query.Nearest(vector, using="bm25"), filter=readable
            ),
        ],
        query=qe.Fusion.Rrf(k=60),  # type: ignore[arg-type]  # the stubs miss the inheritance
        with_payload=True,
    )


if __name__ == "__main__":
    main()
