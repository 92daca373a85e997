from __future__ import annotations

from evaluation.metrics.abstention import AnswerOutcome, abstention_recall, false_abstention


def _outcomes(*, is_answerable: bool, declined: int, of: int) -> list[AnswerOutcome]:
    return [
        AnswerOutcome(is_answerable=is_answerable, abstained=number < declined)
        for number in range(of)
    ]


def test_worked_example() -> None:
    outcomes = _outcomes(is_answerable=False, declined=3, of=4)
    outcomes += _outcomes(is_answerable=True, declined=1, of=10)
    assert abstention_recall(outcomes) == 0.75
    assert false_abstention(outcomes) == 0.1


def test_share_of_no_questions_is_undefined() -> None:
    answerable = _outcomes(is_answerable=True, declined=0, of=2)
    unanswerable = _outcomes(is_answerable=False, declined=2, of=2)
    assert abstention_recall(answerable) is None
    assert false_abstention(unanswerable) is None
