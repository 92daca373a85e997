"""From scores to an order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.rerankers.contract import RerankerReplyInvalid
from retrieval.rerankers.ordering import best_first, passage_text
from tests.unit.retrieval.rerankers.hits import hits_of


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), max_size=20), st.integers(1, 25))
def test_order_is_by_score_and_then_as_before(scores: list[float], top_k: int) -> None:
    hits = hits_of(*(f"text {number}" for number in range(len(scores))))
    found = best_first(hits, scores, top_k=top_k)
    assert len(found) == min(top_k, len(hits))
    expected = sorted(range(len(hits)), key=lambda number: (-scores[number], number))[:top_k]
    assert [hit.chunk for hit in found] == [hits[number].chunk for number in expected]
    assert [hit.score for hit in found] == [scores[number] for number in expected]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_score_that_is_no_finite_number_is_refused(score: float) -> None:
    with pytest.raises(RerankerReplyInvalid):
        best_first(hits_of("a", "b"), [1.0, score], top_k=2)


@pytest.mark.parametrize(
    ("title", "heading_path", "expected"),
    [
        ("", (), "27 days."),
        ("Leave", (), "Leave\n27 days."),
        ("Leave", ("Annual",), "Leave > Annual\n27 days."),
        ("LEAVE", ("Leave", "Annual"), "Leave > Annual\n27 days."),
        ("", ("Annual",), "Annual\n27 days."),
    ],
)
def test_passage_stands_below_its_title_and_headings(
    title: str, heading_path: tuple[str, ...], expected: str
) -> None:
    chunk = hits_of("27 days.", heading_path=heading_path)[0].chunk
    assert passage_text(replace(chunk, title=title)) == expected
