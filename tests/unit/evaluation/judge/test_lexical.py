from __future__ import annotations

import pytest

from evaluation.judge.contract import Case
from evaluation.judge.lexical import LexicalJudge

REFERENCE = "27 days per calendar year, on top of public holidays."


@pytest.mark.parametrize(
    ("answer", "grade"),
    [
        ("It is 27 days per calendar year on top of the public holidays.", "correct"),
        ("27 days a year, holidays aside", "partial"),
        ("It is 25 days per calendar year, on top of public holidays.", "incorrect"),
        ("Ask your manager.", "incorrect"),
        ("I could not find an answer in the documents.", "missing"),
    ],
)
def test_answer_is_graded_by_its_words_and_figures(answer: str, grade: str) -> None:
    case = Case(question="How many days?", reference=REFERENCE, answer=answer)
    assert LexicalJudge().grade(case).grade == grade


@pytest.mark.parametrize(
    ("answer", "grade"),
    [("The documents do not say.", "correct"), ("It is 36 months.", "incorrect")],
)
def test_only_declining_is_right_where_nothing_answers(answer: str, grade: str) -> None:
    case = Case(question="How long?", reference=None, answer=answer)
    assert LexicalJudge().grade(case).grade == grade
