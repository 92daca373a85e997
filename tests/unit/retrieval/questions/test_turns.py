"""One ranking out of several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.chunks import Hit
from retrieval.questions.turns import in_turns
from tests.unit.retrieval.rerankers.hits import hits_of

HITS = hits_of(*"abcdef")


def test_the_best_of_each_come_first() -> None:
    merged = in_turns([HITS[:3], [HITS[4], HITS[0], HITS[5]]])
    assert [hit.chunk.text for hit in merged] == ["a", "e", "b", "c", "f"]


def test_one_ranking_stays_as_it_is() -> None:
    assert in_turns([HITS]) == HITS


@given(st.lists(st.permutations(HITS).flatmap(lambda p: st.just(p[:4])), min_size=2, max_size=4))
def test_every_chunk_comes_once_and_scores_never_rise(rankings: list[list[Hit]]) -> None:
    merged = in_turns(rankings)
    ids = [hit.chunk.id for hit in merged]
    assert len(ids) == len(set(ids))
    assert set(ids) == {hit.chunk.id for ranking in rankings for hit in ranking}
    scores = [hit.score for hit in merged]
    assert scores == sorted(scores, reverse=True)
