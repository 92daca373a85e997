"""Reranking as a stage of a search: on time and harmless, whatever the reranker does."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite

import structlog

from core.breaker import CircuitBreaker
from core.chunks import ChunkId, Hit, RetrieverScore
from core.errors import ConfigurationError, TransientError
from core.settings import RerankerSettings
from retrieval.metrics import RERANKER_FAILURES
from retrieval.rerankers.contract import Reranker, RerankerReplyInvalid

log = structlog.get_logger(__name__)

DEGRADED_RERANK = "rerank"
"""Says in a result that its hits are in the order of the fusion, for want of the reranker."""

# More calls than this at once wait for a thread, and count as late if that takes too long.
_MAX_CALLS = 16


class RerankFailure(StrEnum):
    """Why the reranker did not order the hits."""

    LATE = "late"
    UNAVAILABLE = "unavailable"
    REPLY_INVALID = "reply_invalid"
    MISCONFIGURED = "misconfigured"
    ERROR = "error"
    OPEN = "open"
    """It was not asked: it had failed too often a moment ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reranked:
    """Hits, best first. `failure` says why they are still in the order of the fusion."""

    hits: list[Hit]
    failure: RerankFailure | None = None


class RerankStage:
    """Asks the reranker within a deadline. Safe to use from several threads.

    What fails or is late costs the better order, never the search. Only hits that went in come
    out, with the chunks that went in: a reranker cannot show what the index did not.
    """

    def __init__(self, reranker: Reranker, *, settings: RerankerSettings) -> None:
        self._reranker = reranker
        self._timeout_s = settings.timeout_s
        self._breaker = CircuitBreaker(
            failures_to_open=settings.failures_to_open, pause_s=settings.pause_s
        )
        self._pool = ThreadPoolExecutor(max_workers=_MAX_CALLS, thread_name_prefix="rerank")
        self.candidate_k = settings.candidate_k

    @property
    def name(self) -> str:
        """The reranker's."""
        return self._reranker.name

    def run(
        self, question: str, hits: Sequence[Hit], *, top_k: int, explain: bool = False
    ) -> Reranked:
        """At most `top_k` of the hits, which come in the order of the fusion.

        With `explain` each hit's `retrievers` also says where the fusion and the reranker put it.
        """
        if not hits:
            return Reranked(hits=[])
        if not self._breaker.allows():
            RERANKER_FAILURES.labels(reason=RerankFailure.OPEN.value).inc()
            return Reranked(hits=list(hits[:top_k]), failure=RerankFailure.OPEN)
        failure, retry_after_s = RerankFailure.ERROR, None
        try:
            ordered = self._ask(question, hits, top_k)
        except TimeoutError:
            failure = RerankFailure.LATE
            log.warning("reranker_late", reranker=self.name, timeout_s=self._timeout_s)
        except RerankerReplyInvalid as error:
            failure = RerankFailure.REPLY_INVALID
            log.warning("reranker_reply_invalid", reranker=self.name, detail=error.detail)
        except TransientError as error:
            failure, retry_after_s = RerankFailure.UNAVAILABLE, error.retry_after_s
            log.warning(
                "reranker_unavailable",
                reranker=self.name,
                detail=error.detail,
                operator_detail=error.operator_detail,
            )
        except ConfigurationError as error:
            failure = RerankFailure.MISCONFIGURED
            log.error(
                "reranker_misconfigured",
                reranker=self.name,
                detail=error.detail,
                operator_detail=error.operator_detail,
            )
        except Exception as error:  # noqa: BLE001  (a plug-in's bug costs its order, not the search)
            # Without the message: a library's may quote the question or a passage.
            log.error("reranker_error", reranker=self.name, error=type(error).__name__)
        else:
            self._breaker.succeeded()
            return Reranked(hits=_explained(ordered, hits) if explain else ordered)
        self._breaker.failed(retry_after_s=retry_after_s)
        RERANKER_FAILURES.labels(reason=failure.value).inc()
        return Reranked(hits=list(hits[:top_k]), failure=failure)

    def close(self) -> None:
        """Wait for the calls that are under way, and close the reranker."""
        self._pool.shutdown(cancel_futures=True)
        self._reranker.close()

    def _ask(self, question: str, hits: Sequence[Hit], top_k: int) -> list[Hit]:
        # The request's id, which the log shows, belongs to this thread's context.
        context = contextvars.copy_context()
        future = self._pool.submit(context.run, self._reranker.rerank, question, hits, top_k=top_k)
        try:
            ordered = future.result(timeout=self._timeout_s)
        finally:
            future.cancel()
        return _only_candidates(ordered, hits, top_k=top_k)


def _only_candidates(ordered: Sequence[Hit], hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
    """The reranker's order and scores, over the hits that it was given."""
    candidates = {hit.chunk.id: hit for hit in hits}
    found: dict[ChunkId, Hit] = {}
    for hit in ordered[:top_k]:
        candidate = candidates.get(hit.chunk.id)
        if candidate is None or hit.chunk.id in found or not isfinite(hit.score):
            raise RerankerReplyInvalid(
                "The reranker gave a hit that it was not given, one twice, or no finite score."
            )
        found[hit.chunk.id] = replace(candidate, score=float(hit.score))
    return list(found.values())


def _explained(ordered: Sequence[Hit], hits: Sequence[Hit]) -> list[Hit]:
    fused = {
        hit.chunk.id: RetrieverScore(rank=rank, score=hit.score)
        for rank, hit in enumerate(hits, start=1)
    }
    return [
        replace(
            hit,
            retrievers={
                **hit.retrievers,
                "fusion": fused[hit.chunk.id],
                "rerank": RetrieverScore(rank=rank, score=hit.score),
            },
        )
        for rank, hit in enumerate(ordered, start=1)
    ]
