from __future__ import annotations

import pytest

from evaluation.outcome import Outcome
from evaluation.runner import evaluate
from evaluation.scores import QuestionResult
from tests.unit.evaluation.fakes import FakeAnswerer, FakeSearcher, passages, question

_QUESTIONS = [
    question("1", must_contain=["Wednesday"], language="en"),
    question("2", must_contain=["Wednesday"], language="nl"),
    question("3", type_="multi_doc", gold=["a.md", "b.md"], language="nl"),
    question("4", type_="unanswerable", gold=[]),
    question("5", type_="unanswerable", gold=[]),
]
_SEARCHER = FakeSearcher({"1": ["a.md"], "2": ["x.md", "a.md"], "3": ["x.md", "x.md", "b.md"]})


def test_worked_example() -> None:
    answerer = FakeAnswerer({"1": "On Wednesday.", "3": "Both.", "5": "Surely."})
    overall = evaluate(_QUESTIONS, searcher=_SEARCHER, answerer=answerer).overall
    assert overall.n == 5
    # Over questions 1 to 3: ranks 1, 2 and 2; the third has one of its two documents.
    assert overall.value("recall@1") == pytest.approx(1 / 3)
    assert overall.value("recall@5") == pytest.approx(2 / 3)
    assert overall.value("gold_share@5") == 0.5
    assert overall.value("mrr") == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    # Question 2 was declined, in words that hold "Wednesday"; question 3 wants no string.
    assert overall.value("answer_contains") == 0.5
    assert overall.value("abstention_recall") == 0.5
    assert overall.value("false_abstention") == pytest.approx(1 / 3)
    assert overall.metrics["false_abstention"].n == 3


def test_each_grouping_is_scored_apart_and_one_without_members_is_left_out() -> None:
    groups = evaluate(_QUESTIONS, searcher=_SEARCHER, answerer=FakeAnswerer()).groups
    assert list(groups) == ["type", "language"]
    by_type = groups["type"]
    assert list(by_type) == ["lookup", "multi_doc", "unanswerable"]
    assert by_type["multi_doc"].value("recall@5") == 0.0
    assert by_type["unanswerable"].value("mrr") is None
    assert by_type["unanswerable"].value("abstention_recall") == 1.0
    assert by_type["lookup"].value("abstention_recall") is None
    assert {name: scores.n for name, scores in groups["language"].items()} == {"en": 1, "nl": 2}


def test_without_an_answerer_only_retrieval_is_scored() -> None:
    overall = evaluate(_QUESTIONS, searcher=_SEARCHER).overall
    assert overall.value("mrr") == pytest.approx(2 / 3)
    assert overall.value("answer_contains") is None
    assert overall.value("abstention_recall") is None
    assert overall.value("false_abstention") is None


def test_without_a_searcher_only_answers_are_scored() -> None:
    overall = evaluate(_QUESTIONS, answerer=FakeAnswerer({"1": "Wednesday"})).overall
    assert overall.value("answer_contains") == 0.5
    assert overall.value("mrr") is None


def test_questions_are_searched_in_batches_of_sixty_four() -> None:
    searcher = FakeSearcher()
    many = [question(str(number)) for number in range(130)]
    assert evaluate(many, searcher=searcher).overall.n == 130
    assert [len(batch) for batch in searcher.asked] == [64, 64, 2]
    assert [asked for batch in searcher.asked for asked in batch] == many


def test_results_come_one_by_one_and_what_is_done_is_not_asked_again() -> None:
    told: list[QuestionResult] = []
    first = evaluate(_QUESTIONS[:2], searcher=_SEARCHER, on_result=told.append)
    assert [result.question.id for result in told] == ["1", "2"]
    searcher = FakeSearcher(_SEARCHER.rankings)
    done = {result.question.id: result for result in told}
    resumed = evaluate(_QUESTIONS, searcher=searcher, done=done)
    assert [q.id for batch in searcher.asked for q in batch] == ["3", "4", "5"]
    assert resumed == evaluate(_QUESTIONS, searcher=_SEARCHER)
    assert resumed.results[:2] == first.results


def test_equal_path_in_another_source_is_another_document() -> None:
    asked = question("1", gold=["README.md"], source="handbook")
    elsewhere = Outcome(question=asked, passages=passages("README.md", source="wiki"))
    there = Outcome(question=asked, passages=passages("README.md", source="handbook"))
    assert elsewhere.documents == ("wiki:README.md",)
    assert there.documents == ("README.md",)
