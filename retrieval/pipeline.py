"""From questions to hits: encode them, ask the index for each, rerank what it found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.access import Principal
from core.chunks import DocumentId, Hit
from core.errors import RequestError
from core.settings import SearchSettings
from retrieval.embedders.contract import QueryEncoder
from retrieval.embedders.vectors import Encoding, Vectors
from retrieval.filters import SearchFilters
from retrieval.identifiers import find_identifiers
from retrieval.index.contract import IndexQuery, VectorIndex
from retrieval.passages.duplicates import collapse_duplicates
from retrieval.questions import standalone_question
from retrieval.rerankers.stage import DEGRADED_RERANK, RerankStage
from retrieval.sparse import Bm25Encoder

# A few duplicates cost no second look; beyond the most, a search with fewer hits is what is left.
_SPARE_HITS = 5
_MOST_HITS = 1000


class QueryTooLong(RequestError):
    """The query has more characters than the limit allows; `item` says which of a batch, from 0."""

    title = "Query too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A question and what is wanted of it: at most `top_k` chunks, or with `distinct_documents` the
    best chunk of each of at most `top_k` documents. `earlier_questions` are the same person's,
    oldest first.
    """

    question: str
    top_k: int
    filters: SearchFilters = field(default_factory=SearchFilters)
    earlier_questions: Sequence[str] = ()
    explain: bool = False
    distinct_documents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first; the question as it was searched, with its vector; seconds by stage, for one
    of a batch its equal share of the batch's embedding.

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
        embedder: QueryEncoder,
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

    def search(self, search: Search, *, principal: Principal) -> SearchResult:
        """Only chunks that the principal may read.

        Raises QueryTooLong, or IndexUnavailable.
        """
        (result,) = self.search_many([search], principal=principal)
        return result

    def search_many(
        self, searches: Sequence[Search], *, principal: Principal
    ) -> list[SearchResult]:
        """What `search` gives for each, in order; faster, because they are embedded together.

        The index is asked one by one: threads did not help on two cores, because most of the time
        goes into Python's side of the engine, and its own batches saved a tenth of it.

        Raises QueryTooLong before anything is searched, or IndexUnavailable.
        """
        self._require_short(searches)
        started = time.perf_counter()
        limit = self._settings.max_query_chars
        questions = [
            # An earlier question only helps: it never makes an acceptable one too long.
            standalone_question(search.question, [q[:limit] for q in search.earlier_questions])
            for search in searches
        ]
        encodings = self._embedder.encode_queries(questions)
        embed_s = (time.perf_counter() - started) / max(1, len(searches))
        return [
            self._find(search, question, encoding, principal=principal, embed_s=embed_s)
            for search, question, encoding in zip(searches, questions, encodings, strict=True)
        ]

    def _require_short(self, searches: Sequence[Search]) -> None:
        limit = self._settings.max_query_chars
        for item, search in enumerate(searches):
            if len(search.question) > limit:
                which: dict[str, Any] = {"item": item} if len(searches) > 1 else {}
                raise QueryTooLong(
                    f"The query has {len(search.question)} characters; the limit is {limit}. "
                    "Shorten it.",
                    limit_chars=limit,
                    **which,
                )

    def _find(
        self,
        search: Search,
        question: str,
        encoding: Encoding,
        *,
        principal: Principal,
        embed_s: float,
    ) -> SearchResult:
        started = time.perf_counter()
        wanted = max(self._reranker.candidate_k if self._reranker else 0, search.top_k)
        hits = self._distinct_hits(
            IndexQuery(
                principal=principal,
                filters=search.filters,
                top_k=wanted,
                candidate_k=self._settings.candidate_k,
                dense=encoding.dense if self._settings.mode != "sparse" else None,
                sparse=(
                    self._sparse_encoder.encode_query(question)
                    if self._settings.mode != "dense"
                    else None
                ),
                tokens=encoding.tokens if self._settings.late_interaction else None,
                dense_weight=self._settings.dense_weight,
                sparse_weight=self._sparse_weight(question),
                tokens_weight=self._settings.tokens_weight,
                explain=search.explain,
                # A reranker judges the same hits whether or not documents are to be distinct.
                distinct_documents=search.distinct_documents and self._reranker is None,
            )
        )
        retrieved = time.perf_counter()
        timings_s = {"embed": embed_s, "retrieve": retrieved - started}
        degraded: tuple[str, ...] = ()
        if self._reranker is not None:
            reranked = self._reranker.run(
                question,
                hits,
                top_k=len(hits) if search.distinct_documents else search.top_k,
                explain=search.explain,
            )
            hits = reranked.hits
            if search.distinct_documents:
                hits = _best_of_documents(hits)[: search.top_k]
            degraded = (DEGRADED_RERANK,) if reranked.failure is not None else ()
            timings_s["rerank"] = time.perf_counter() - retrieved
        return SearchResult(
            hits=hits,
            question=question,
            question_vector=encoding.dense,
            timings_s=timings_s,
            degraded=degraded,
        )

    def _distinct_hits(self, query: IndexQuery) -> list[Hit]:
        """The index's hits, each passage once, and `top_k` of them if there are so many."""
        if not self._settings.collapse_duplicates:
            return self._index.search(query)
        asked = query.top_k + _SPARE_HITS
        while True:
            hits = self._index.search(replace(query, top_k=asked))
            distinct = collapse_duplicates(hits)
            if len(distinct) >= query.top_k or len(hits) < asked or asked >= _MOST_HITS:
                return distinct[: query.top_k]
            asked = min(2 * asked, _MOST_HITS)

    def _sparse_weight(self, question: str) -> float:
        """An identifier means exactly itself, and an embedding model has never seen it."""
        names_one = bool(find_identifiers(question))
        return (
            self._settings.identifier_sparse_weight if names_one else self._settings.sparse_weight
        )


def _best_of_documents(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each document, in the same order."""
    best: dict[DocumentId, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
    return list(best.values())
