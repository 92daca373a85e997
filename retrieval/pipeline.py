"""From a question to hits: encode it, ask the index once, rerank what it found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.access import Principal
from core.chunks import Hit
from core.errors import RequestError
from core.settings import SearchSettings
from retrieval.embedders.contract import Embedder
from retrieval.embedders.vectors import Vectors
from retrieval.filters import SearchFilters
from retrieval.identifiers import find_identifiers
from retrieval.index.contract import IndexQuery, VectorIndex
from retrieval.questions import standalone_question
from retrieval.rerankers.stage import DEGRADED_RERANK, RerankStage
from retrieval.sparse import Bm25Encoder


class QueryTooLong(RequestError):
    """The query has more characters than the limit allows."""

    title = "Query too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first; the question as it was searched, with its vector; seconds by stage.

    `degraded` names the stages that were given up, such as `rerank`.
    """

    hits: list[Hit]
    question: str
    question_vector: Vectors
    timings_s: dict[str, float]
    degraded: tuple[str, ...] = ()


class Retriever:
    """Searches one generation. Safe to use from several threads."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        sparse_encoder: Bm25Encoder,
        index: VectorIndex,
        settings: SearchSettings,
        reranker: RerankStage | None = None,
    ) -> None:
        self._embedder = embedder
        self._sparse_encoder = sparse_encoder
        self._index = index
        self._settings = settings
        self._reranker = reranker

    def search(
        self,
        question: str,
        *,
        principal: Principal,
        top_k: int,
        filters: SearchFilters | None = None,
        earlier_questions: Sequence[str] = (),
        explain: bool = False,
    ) -> SearchResult:
        """At most `top_k` chunks that the principal may read.

        Raises QueryTooLong, or IndexUnavailable.
        """
        limit = self._settings.max_query_chars
        if len(question) > limit:
            raise QueryTooLong(
                f"The query has {len(question)} characters; the limit is {limit}. Shorten it.",
                limit_chars=limit,
            )
        started = time.perf_counter()
        # An earlier question only helps: it never makes an acceptable one too long.
        standalone = standalone_question(question, [q[:limit] for q in earlier_questions])
        encoding = self._embedder.encode_query(standalone)
        embedded = time.perf_counter()
        candidate_k = max(self._reranker.candidate_k if self._reranker else 0, top_k)
        hits = self._index.search(
            IndexQuery(
                principal=principal,
                filters=filters or SearchFilters(),
                top_k=candidate_k,
                candidate_k=self._settings.candidate_k,
                dense=encoding.dense if self._settings.mode != "sparse" else None,
                sparse=(
                    self._sparse_encoder.encode_query(standalone)
                    if self._settings.mode != "dense"
                    else None
                ),
                tokens=encoding.tokens if self._settings.late_interaction else None,
                dense_weight=self._settings.dense_weight,
                sparse_weight=self._sparse_weight(standalone),
                tokens_weight=self._settings.tokens_weight,
                explain=explain,
            )
        )
        retrieved = time.perf_counter()
        timings_s = {"embed": embedded - started, "retrieve": retrieved - embedded}
        degraded: tuple[str, ...] = ()
        if self._reranker is not None:
            reranked = self._reranker.run(standalone, hits, top_k=top_k, explain=explain)
            hits = reranked.hits
            degraded = (DEGRADED_RERANK,) if reranked.failure is not None else ()
            timings_s["rerank"] = time.perf_counter() - retrieved
        return SearchResult(
            hits=hits,
            question=standalone,
            question_vector=encoding.dense,
            timings_s=timings_s,
            degraded=degraded,
        )

    def _sparse_weight(self, question: str) -> float:
        """An identifier means exactly itself, and an embedding model has never seen it."""
        names_one = bool(find_identifiers(question))
        return (
            self._settings.identifier_sparse_weight if names_one else self._settings.sparse_weight
        )
