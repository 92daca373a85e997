from __future__ import annotations

import pytest

from evaluation.runner import evaluate
from evaluation.sets import Turn
from tests.unit.evaluation.fakes import FakeAnswerer, FakeSearcher, question

_QUESTIONS = [
    question("1", must_contain=["Wednesday"]),
    question("2", must_contain=["Wednesday"]),
    question("3", type_="multi_doc", gold=["a.md", "b.md"]),
    question("4", type_="unanswerable", gold=[]),
    question("5", type_="unanswerable", gold=[]),
]
_SEARCHER = FakeSearcher({"1": ["a.md"], "2": ["x.md", "a.md"], "3": ["x.md", "x.md", "b.md"]})


def test_worked_example() -> None:
    answerer = FakeAnswerer({"1": "On Wednesday.", "3": "Both.", "5": "Surely."})
    overall = evaluate(_QUESTIONS, searcher=_SEARCHER, answerer=answerer).overall
    assert overall.n == 5
    # Over questions 1 to 3: ranks 1, 2 and 2, and half of the third's gold.
    assert overall.recall == {1: pytest.approx(1 / 3), 5: pytest.approx(2.5 / 3), 10: 2.5 / 3}
    assert overall.mrr == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    # Question 2 was declined, in words that hold "Wednesday"; question 3 wants no string.
    assert overall.answer_contains == 0.5
    assert overall.abstention_recall == 0.5
    assert overall.false_abstention == pytest.approx(1 / 3)


def test_types_are_scored_apart() -> None:
    by_type = evaluate(_QUESTIONS, searcher=_SEARCHER, answerer=FakeAnswerer()).by_type
    assert list(by_type) == ["lookup", "multi_doc", "unanswerable"]
    assert by_type["multi_doc"].recall == {1: 0.0, 5: 0.5, 10: 0.5}
    assert by_type["unanswerable"].mrr is None
    assert by_type["unanswerable"].abstention_recall == 1.0
    assert by_type["lookup"].abstention_recall is None


def test_without_an_answerer_only_retrieval_is_scored() -> None:
    overall = evaluate(_QUESTIONS, searcher=_SEARCHER).overall
    assert overall.mrr == pytest.approx(2 / 3)
    assert overall.answer_contains is None
    assert overall.abstention_recall is None
    assert overall.false_abstention is None


def test_only_the_first_ten_distinct_documents_count() -> None:
    ranking = [f"{number // 2}.md" for number in range(20)] + ["a.md"]
    result = evaluate([question("1")], searcher=FakeSearcher({"1": ranking})).results[0]
    assert result.ranked == tuple(f"{number}.md" for number in range(10))
    assert result.first_gold_rank is None


def test_history_is_handed_on() -> None:
    history = (Turn(role="user", content="Hello"),)
    searcher = FakeSearcher()
    evaluate([question("1", history=history)], searcher=searcher)
    assert searcher.histories == [history]


def test_progress_is_told_after_each_question() -> None:
    told: list[tuple[int, int]] = []
    evaluate(
        _QUESTIONS[:2], searcher=_SEARCHER, on_progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 2), (2, 2)]
