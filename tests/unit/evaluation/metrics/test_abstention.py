from __future__ import annotations

from typing import Literal

from evaluation.answers import Answered
from evaluation.metrics.abstention import abstention_recall, false_abstention
from evaluation.outcome import Outcome
from tests.unit.evaluation.fakes import question

_ANSWERABLE = question("1")
_UNANSWERABLE = question("2", type_="unanswerable", gold=[])


def _outcome(*, is_answerable: bool, status: Literal["answered", "abstained"] | None) -> Outcome:
    return Outcome(
        question=_ANSWERABLE if is_answerable else _UNANSWERABLE,
        passages=(),
        answer=None if status is None else Answered(status=status, text=""),
    )


def test_declining_what_nothing_answers_is_recall() -> None:
    assert abstention_recall(_outcome(is_answerable=False, status="abstained")) == 1.0
    assert abstention_recall(_outcome(is_answerable=False, status="answered")) == 0.0
    assert abstention_recall(_outcome(is_answerable=True, status="abstained")) is None


def test_declining_what_the_documents_answer_is_false() -> None:
    assert false_abstention(_outcome(is_answerable=True, status="abstained")) == 1.0
    assert false_abstention(_outcome(is_answerable=True, status="answered")) == 0.0
    assert false_abstention(_outcome(is_answerable=False, status="abstained")) is None


def test_without_an_answer_there_is_neither() -> None:
    assert abstention_recall(_outcome(is_answerable=False, status=None)) is None
    assert false_abstention(_outcome(is_answerable=True, status=None)) is None
