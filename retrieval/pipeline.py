"""From questions to hits: encode them, ask the index for each, rerank what it found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.access import Principal
from core.chunks import DocumentId, Hit, SourceId
from core.errors import RequestError
from core.settings import QuestionSettings, SearchSettings
from retrieval.embedders.contract import QueryEncoder
from retrieval.embedders.vectors import Encoding, Vectors
from retrieval.filters import SearchFilters
from retrieval.identifiers import find_identifiers
from retrieval.index.contract import IndexQuery, VectorIndex
from retrieval.passages.duplicates import collapse_duplicates
from retrieval.passages.freshness import newer_first
from retrieval.passages.neighbours import NeighbourMerger
from retrieval.passages.passage import Passage
from retrieval.questions.acronyms import Acronym
from retrieval.questions.contract import Turn, Understood
from retrieval.questions.expansion import other_forms
from retrieval.questions.turns import in_turns
from retrieval.questions.understanding import Plan, QuestionUnderstanding, concluded
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
    best chunk of each of at most `top_k` documents. `history` is the conversation before, oldest
    first. `source_names` are the sources that the question may name. With `understand` off the
    question is searched for as it is. `merge_neighbours` asks for passages that are worth reading.
    """

    question: str
    top_k: int
    filters: SearchFilters = field(default_factory=SearchFilters)
    history: Sequence[Turn] = ()
    source_names: Mapping[SourceId, str] = field(default_factory=dict)
    understand: bool = True
    explain: bool = False
    distinct_documents: bool = False
    merge_neighbours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first; how the question was understood, with the vector of the question as it
    stands alone; seconds by stage, for one of a batch its equal share of the batch's embedding.

    `passages` are the hits as they are read: one by one, or with their neighbours where that was
    asked for. `degraded` names the stages that were given up, such as `rerank`.
    """

    hits: list[Hit]
    understood: Understood
    passages: tuple[Passage, ...]
    question_vector: Vectors
    timings_s: dict[str, float]
    degraded: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """As it stands alone."""
        return self.understood.question


class Retriever:
    """Searches one generation. Safe to use from several threads."""

    def __init__(
        self,
        *,
        embedder: QueryEncoder,
        sparse_encoder: Bm25Encoder,
        index: VectorIndex,
        settings: SearchSettings,
        questions: QuestionUnderstanding | None = None,
        reranker: RerankStage | None = None,
        merger: NeighbourMerger | None = None,
    ) -> None:
        self._embedder = embedder
        self._sparse_encoder = sparse_encoder
        self._index = index
        self._settings = settings
        self._questions = questions or QuestionUnderstanding(QuestionSettings())
        self._reranker = reranker
        self._merger = merger

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
        plans = [self._plan(search) for search in searches]
        encodings = iter(
            self._embedder.encode_queries([text for plan in plans for text in plan.queries])
        )
        embed_s = (time.perf_counter() - started) / max(1, len(searches))
        return [
            self._find(
                search,
                plan,
                {text: next(encodings) for text in plan.queries},
                principal=principal,
                embed_s=embed_s,
            )
            for search, plan in zip(searches, plans, strict=True)
        ]

    def _plan(self, search: Search) -> Plan:
        limit = self._settings.max_query_chars
        return self._questions.plan(
            search.question,
            # What was said before only helps: it never makes an acceptable question too long.
            history=[replace(turn, text=turn.text[:limit]) for turn in search.history],
            source_names=search.source_names,
            is_wanted=search.understand,
        )

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
        plan: Plan,
        encodings: Mapping[str, Encoding],
        *,
        principal: Principal,
        embed_s: float,
    ) -> SearchResult:
        started = time.perf_counter()
        top_k = max(self._reranker.candidate_k if self._reranker else 0, search.top_k)
        # Named documents are put in front from as deep as the retrievers looked.
        depth = max(top_k, self._settings.candidate_k) if plan.named else top_k
        expansions: list[Acronym] = []
        rankings = []
        for text, encoding in encodings.items():
            ranking, meant = self._rank(search, text, encoding, principal=principal, top_k=depth)
            rankings.append(ranking)
            expansions += meant
        hits = in_turns(rankings)
        if len(rankings) > 1 and search.distinct_documents and self._reranker is None:
            hits = _best_of_documents(hits)
        retrieved = time.perf_counter()
        timings_s = {"embed": embed_s, "retrieve": retrieved - started}
        degraded = plan.degraded
        question = plan.understood.question
        if self._reranker is not None:
            keeps_all = search.distinct_documents or bool(plan.named)
            reranked = self._reranker.run(
                question,
                hits,
                top_k=len(hits) if keeps_all else search.top_k,
                explain=search.explain,
            )
            hits = self._newer_first(question, reranked.hits)
            if search.distinct_documents:
                hits = _best_of_documents(hits)
            degraded += (DEGRADED_RERANK,) if reranked.failure is not None else ()
            timings_s["rerank"] = time.perf_counter() - retrieved
        hits, understood = concluded(plan, hits, expansions=expansions)
        hits = hits[: search.top_k]
        passages = tuple(Passage.of(hit) for hit in hits)
        if search.merge_neighbours and self._merger is not None:
            merging = time.perf_counter()
            passages = self._merger.merge(hits, principal=principal, filters=search.filters)
            timings_s["merge"] = time.perf_counter() - merging
        return SearchResult(
            hits=hits,
            passages=passages,
            understood=understood,
            question_vector=encodings[question].dense,
            timings_s=timings_s,
            degraded=degraded,
        )

    def _rank(
        self, search: Search, text: str, encoding: Encoding, *, principal: Principal, top_k: int
    ) -> tuple[list[Hit], tuple[Acronym, ...]]:
        """The hits of one text, and what its acronyms mean in what this principal finds."""
        looks_deeper = search.understand and self._questions.looks_deeper(text)
        depth = max(top_k, self._settings.candidate_k) if looks_deeper else top_k
        hits = self._ask_index(search, text, encoding, principal=principal, top_k=depth)
        # What the acronyms mean is added for BM25 alone.
        if not search.understand or self._settings.mode == "dense":
            return hits[:top_k], ()
        meant = self._questions.expansions(text, hits)
        if meant:
            forms = other_forms(text, meant)
            hits = self._ask_index(
                search, text, encoding, principal=principal, top_k=top_k, expansion=forms
            )
        return hits[:top_k], meant

    def _ask_index(
        self,
        search: Search,
        text: str,
        encoding: Encoding,
        *,
        principal: Principal,
        top_k: int,
        expansion: str = "",
    ) -> list[Hit]:
        return self._distinct_hits(
            text,
            IndexQuery(
                principal=principal,
                filters=search.filters,
                top_k=top_k,
                candidate_k=self._settings.candidate_k,
                dense=encoding.dense if self._settings.mode != "sparse" else None,
                sparse=(
                    self._sparse_encoder.encode_query(text, expansion=expansion)
                    if self._settings.mode != "dense"
                    else None
                ),
                tokens=encoding.tokens if self._settings.late_interaction else None,
                dense_weight=self._settings.dense_weight,
                sparse_weight=self._sparse_weight(text),
                tokens_weight=self._settings.tokens_weight,
                explain=search.explain,
                # A reranker judges the same hits whether or not documents are to be distinct.
                distinct_documents=search.distinct_documents and self._reranker is None,
            ),
        )

    def _distinct_hits(self, question: str, query: IndexQuery) -> list[Hit]:
        """The index's hits, each passage once, and `top_k` of them if there are so many."""
        asked = query.top_k + _SPARE_HITS
        while True:
            hits = self._index.search(replace(query, top_k=asked))
            distinct = collapse_duplicates(hits) if self._settings.collapse_duplicates else hits
            if len(distinct) >= query.top_k or len(hits) < asked or asked >= _MOST_HITS:
                # The newer version may be one of the spare hits.
                return self._newer_first(question, distinct)[: query.top_k]
            asked = min(2 * asked, _MOST_HITS)

    def _newer_first(self, question: str, hits: list[Hit]) -> list[Hit]:
        return newer_first(hits, question=question) if self._settings.newer_first else hits

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
