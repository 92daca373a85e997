"""What every reranker promises. Subclass it and say how to make yours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import isfinite

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chunks import Hit, RetrieverScore
from retrieval.rerankers.contract import Reranker
from tests.unit.retrieval.rerankers.hits import hits_of

QUESTION = "How many days of annual leave does a full-time employee get?"
TEXTS = (
    "Book trains in second class unless the journey takes over five hours.",
    "Full-time employees receive 27 days of paid annual leave.",
    "Hotels cost at most 140 euros a night.",
    "Parents take up to 18 weeks of paid parental leave.",
    "The office is closed on public holidays.",
)
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    lambda text: not text.isspace()
)


class RerankerContract:
    """Subclass it with a fixture `reranker`; loading it once for all tests is enough."""

    @pytest.mark.parametrize("top_k", [1, 3, 5, 9])
    def test_output_is_at_most_top_k_of_the_input_best_first(
        self, reranker: Reranker, top_k: int
    ) -> None:
        hits = hits_of(*TEXTS)
        found = reranker.rerank(QUESTION, hits, top_k=top_k)
        assert 0 < len(found) <= min(top_k, len(hits))
        _assert_order_of(found, hits)

    @settings(
        max_examples=20,
        deadline=None,
        # The reranker is the same for all of them, on purpose.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(
        texts=st.lists(_TEXT, max_size=8),
        question=_TEXT,
        top_k=st.integers(1, 10),
    )
    def test_any_texts_give_an_order_of_them(
        self, reranker: Reranker, texts: list[str], question: str, top_k: int
    ) -> None:
        hits = hits_of(*texts)
        found = reranker.rerank(question, hits, top_k=top_k)
        assert len(found) <= min(top_k, len(hits))
        _assert_order_of(found, hits)

    def test_first_of_more_is_first_of_fewer(self, reranker: Reranker) -> None:
        hits = hits_of(*TEXTS)
        few, many = (reranker.rerank(QUESTION, hits, top_k=top_k) for top_k in (2, 5))
        assert [hit.chunk.id for hit in few] == [hit.chunk.id for hit in many][: len(few)]

    def test_order_of_the_input_does_not_decide(self, reranker: Reranker) -> None:
        hits = hits_of(*TEXTS)
        found = reranker.rerank(QUESTION, hits, top_k=5)
        again = reranker.rerank(QUESTION, hits[::-1], top_k=5)
        assert len({hit.score for hit in found}) == len(found), "ties would prove nothing"
        assert [hit.chunk.id for hit in again] == [hit.chunk.id for hit in found]

    def test_equal_texts_keep_the_order_of_the_fusion(self, reranker: Reranker) -> None:
        # Texts of other lengths around them put the equal ones into different batches.
        hits = hits_of(*(TEXTS[n % 2] if n % 3 else TEXTS[1] * 9 for n in range(24)))
        found = reranker.rerank(QUESTION, hits, top_k=24)
        for text in {hit.chunk.text for hit in hits}:
            expected = [hit.chunk.id for hit in hits if hit.chunk.text == text]
            same = [hit for hit in found if hit.chunk.text == text]
            assert [hit.chunk.id for hit in same] == expected[: len(same)]
            assert len({hit.score for hit in same}) <= 1

    def test_no_hits_give_no_hits(self, reranker: Reranker) -> None:
        assert reranker.rerank(QUESTION, [], top_k=5) == []

    def test_single_hit_comes_back_with_a_new_score_and_nothing_else_new(
        self, reranker: Reranker
    ) -> None:
        dense = RetrieverScore(rank=1, score=0.25)
        (hit,) = (replace(hit, retrievers={"dense": dense}) for hit in hits_of(TEXTS[1]))
        (found,) = reranker.rerank(QUESTION, [hit], top_k=5)
        assert isfinite(found.score)
        assert replace(found, score=hit.score) == hit

    @pytest.mark.parametrize("place", ["passage", "question"])
    def test_very_long_text_is_no_error(self, reranker: Reranker, place: str) -> None:
        long = "annual leave of full-time employees " * 3_000
        hits = hits_of(TEXTS[0], long if place == "passage" else TEXTS[1], TEXTS[2])
        found = reranker.rerank(long if place == "question" else QUESTION, hits, top_k=3)
        assert found
        _assert_order_of(found, hits)

    def test_any_script_is_no_error(self, reranker: Reranker) -> None:
        hits = hits_of(
            "文書 ünïcode \U0001f600", "العربية \u202e", "a\u0301\u0000b", "🇫🇮" * 50, "\n"
        )
        found = reranker.rerank("문서는 어디에 있나요 \U0001f600", hits, top_k=5)
        assert found
        _assert_order_of(found, hits)

    def test_threads_get_the_order_of_their_own_hits(self, reranker: Reranker) -> None:
        lists = [hits_of(*TEXTS[n:], *TEXTS[:n]) for n in range(len(TEXTS))]
        alone = [reranker.rerank(QUESTION, hits, top_k=3) for hits in lists]
        with ThreadPoolExecutor(max_workers=6) as pool:
            together = list(
                pool.map(lambda hits: reranker.rerank(QUESTION, hits, top_k=3), lists * 4)
            )
        for number, found in enumerate(together):
            expected = alone[number % len(lists)]
            assert [hit.chunk.id for hit in found] == [hit.chunk.id for hit in expected]
            assert [hit.score for hit in found] == pytest.approx(
                [hit.score for hit in expected], abs=1e-5
            )

    def test_name_tells_provider_and_model(self, reranker: Reranker) -> None:
        provider, _, model = reranker.name.partition("/")
        assert provider
        assert model


def _assert_order_of(found: list[Hit], hits: list[Hit]) -> None:
    given = {hit.chunk.id: hit.chunk for hit in hits}
    assert len({hit.chunk.id for hit in found}) == len(found)
    assert all(hit.chunk == given.get(hit.chunk.id) for hit in found)
    assert all(isfinite(hit.score) for hit in found)
    place = {hit.chunk.id: number for number, hit in enumerate(hits)}
    keys = [(-hit.score, place[hit.chunk.id]) for hit in found]
    assert keys == sorted(keys)
