"""Whatever a reranker does, the search has its hits, and no others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Self

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from core.chunks import Hit, RetrieverScore
from core.errors import ConfigurationError
from core.settings import RerankerSettings
from retrieval.rerankers.contract import (
    RerankerMisconfigured,
    RerankerReplyInvalid,
    RerankerUnavailable,
)
from retrieval.rerankers.ordering import best_first
from retrieval.rerankers.stage import RerankFailure, RerankStage
from tests.unit.retrieval.rerankers.hits import hits_of

HITS = hits_of("one", "two two", "three three three", "four")
SECRET = "three three three"

Ordering = Callable[[Sequence[Hit], int], list[Hit]]


def longest_first(hits: Sequence[Hit], top_k: int) -> list[Hit]:
    return best_first(hits, [float(len(hit.chunk.text)) for hit in hits], top_k=top_k)


class ScriptedReranker:
    """Orders as the test says; counts how often it was asked."""

    name = "scripted/test"

    def __init__(self, ordering: Ordering = longest_first) -> None:
        self.ordering = ordering
        self.calls = 0
        self.is_closed = False

    @classmethod
    def from_settings(cls, settings: RerankerSettings) -> Self:
        return cls()

    def rerank(self, question: str, hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
        self.calls += 1
        return self.ordering(hits, top_k)

    def close(self) -> None:
        self.is_closed = True


@contextmanager
def stage_of(
    reranker: ScriptedReranker, settings: RerankerSettings | None = None
) -> Iterator[RerankStage]:
    stage = RerankStage(reranker, settings=settings or RerankerSettings(timeout_s=30))
    try:
        yield stage
    finally:
        stage.close()


def raising(error: Exception) -> Ordering:
    def ordering(hits: Sequence[Hit], top_k: int) -> list[Hit]:
        raise error

    return ordering


def failures(reason: RerankFailure) -> float:
    labels = {"reason": reason.value}
    return REGISTRY.get_sample_value("vouch_reranker_failures_total", labels) or 0.0


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.chunk.text for hit in hits]


def test_hits_come_out_in_the_rerankers_order_with_its_scores() -> None:
    with stage_of(ScriptedReranker()) as stage:
        reranked = stage.run("question", HITS, top_k=3)
    assert texts(reranked.hits) == ["three three three", "two two", "four"]
    assert [hit.score for hit in reranked.hits] == [17.0, 7.0, 4.0]
    assert reranked.failure is None
    assert all(hit.retrievers == {} for hit in reranked.hits)


def test_no_hits_ask_nobody() -> None:
    reranker = ScriptedReranker()
    with stage_of(reranker) as stage:
        assert stage.run("question", [], top_k=3).hits == []
    assert reranker.calls == 0


def test_explanation_says_where_fusion_and_reranker_put_a_hit() -> None:
    dense = RetrieverScore(rank=7, score=0.5)
    hits = [replace(hit, retrievers={"dense": dense}) for hit in HITS]
    with stage_of(ScriptedReranker()) as stage:
        best = stage.run("question", hits, top_k=2, explain=True).hits[0]
    assert best.retrievers == {
        "dense": dense,
        "fusion": RetrieverScore(rank=3, score=HITS[2].score),
        "rerank": RetrieverScore(rank=1, score=17.0),
    }


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RerankerUnavailable("It is away."), RerankFailure.UNAVAILABLE),
        (RerankerReplyInvalid("It talks nonsense."), RerankFailure.REPLY_INVALID),
        (RerankerMisconfigured("Its key is wrong."), RerankFailure.MISCONFIGURED),
        (ConfigurationError("It is not there."), RerankFailure.MISCONFIGURED),
        (ZeroDivisionError(SECRET), RerankFailure.ERROR),
    ],
)
def test_reranker_that_fails_leaves_the_order_of_the_fusion(
    error: Exception, reason: RerankFailure
) -> None:
    before = failures(reason)
    with stage_of(ScriptedReranker(raising(error))) as stage, capture_logs() as logged:
        reranked = stage.run("question", HITS, top_k=3)
    assert reranked.hits == HITS[:3]
    assert reranked.failure is reason
    assert failures(reason) == before + 1
    assert len(logged) == 1
    assert SECRET not in str(logged)
    assert "question" not in str(logged)


def test_reranker_that_is_late_is_not_waited_for() -> None:
    is_done = threading.Event()

    def ordering(hits: Sequence[Hit], top_k: int) -> list[Hit]:
        is_done.wait(60)
        return longest_first(hits, top_k)

    before = failures(RerankFailure.LATE)
    settings = RerankerSettings(timeout_s=0.05)
    with stage_of(ScriptedReranker(ordering), settings) as stage:
        reranked = stage.run("question", HITS, top_k=3)
        assert not is_done.is_set()
        is_done.set()
    assert reranked.hits == HITS[:3]
    assert reranked.failure is RerankFailure.LATE
    assert failures(RerankFailure.LATE) == before + 1


def test_reranker_that_keeps_failing_is_left_alone() -> None:
    reranker = ScriptedReranker(raising(RerankerUnavailable("It is away.")))
    settings = RerankerSettings(timeout_s=30, failures_to_open=3, pause_s=3600)
    with stage_of(reranker, settings) as stage:
        found = [stage.run("question", HITS, top_k=2) for _ in range(5)]
    assert reranker.calls == 3
    assert [reranked.failure for reranked in found[3:]] == [RerankFailure.OPEN] * 2
    assert found[4].hits == HITS[:2]


def test_reranker_that_works_again_is_used_again() -> None:
    reranker = ScriptedReranker(raising(RerankerUnavailable("It is away.")))
    settings = RerankerSettings(timeout_s=30, failures_to_open=1, pause_s=1e-6)
    with stage_of(reranker, settings) as stage:
        assert stage.run("question", HITS, top_k=2).failure is RerankFailure.UNAVAILABLE
        reranker.ordering = longest_first
        assert stage.run("question", HITS, top_k=1).failure is None
        assert stage.run("question", HITS, top_k=1).failure is None


def test_pause_that_a_reranker_asks_for_is_granted() -> None:
    away = RerankerUnavailable("Too many requests.", retry_after_s=300)
    reranker = ScriptedReranker(raising(away))
    with stage_of(reranker) as stage:
        stage.run("question", HITS, top_k=2)
        assert stage.run("question", HITS, top_k=2).failure is RerankFailure.OPEN
    assert reranker.calls == 1


STRANGER = replace(HITS[0], chunk=hits_of(*"abcdef")[5].chunk)


@pytest.mark.parametrize(
    "ordered",
    [
        pytest.param([STRANGER], id="a hit that it was not given"),
        pytest.param([HITS[0], HITS[0]], id="one hit twice"),
        pytest.param([replace(HITS[0], score=float("nan"))], id="no number"),
    ],
)
def test_hits_that_cannot_come_from_the_candidates_are_refused(ordered: list[Hit]) -> None:
    with stage_of(ScriptedReranker(lambda hits, top_k: ordered)) as stage:
        reranked = stage.run("question", HITS, top_k=3)
    assert reranked.failure is RerankFailure.REPLY_INVALID
    assert reranked.hits == HITS[:3]


def test_reranker_cannot_change_what_a_hit_says() -> None:
    def forging(hits: Sequence[Hit], top_k: int) -> list[Hit]:
        return [replace(hits[1], chunk=replace(hits[1].chunk, text="forged"), score=9.0)]

    with stage_of(ScriptedReranker(forging)) as stage:
        (hit,) = stage.run("question", HITS, top_k=3).hits
    assert hit == replace(HITS[1], score=9.0)


def test_reranker_that_gives_too_many_is_cut() -> None:
    with stage_of(ScriptedReranker(lambda hits, top_k: longest_first(hits, 99))) as stage:
        assert len(stage.run("question", HITS, top_k=2).hits) == 2


def test_request_id_reaches_the_rerankers_log() -> None:
    seen: list[object] = []

    def ordering(hits: Sequence[Hit], top_k: int) -> list[Hit]:
        seen.append(structlog.contextvars.get_contextvars().get("request_id"))
        return longest_first(hits, top_k)

    with (
        stage_of(ScriptedReranker(ordering)) as stage,
        structlog.contextvars.bound_contextvars(request_id="r1"),
    ):
        stage.run("question", HITS, top_k=2)
    assert seen == ["r1"]


def test_closing_the_stage_closes_the_reranker() -> None:
    reranker = ScriptedReranker()
    with stage_of(reranker):
        assert not reranker.is_closed
    assert reranker.is_closed
