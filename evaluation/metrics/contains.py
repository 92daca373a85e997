"""Answer contains: does the answer hold the strings that a right one has to hold?"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.metrics.contract import Metric
from evaluation.outcome import Outcome
from evaluation.plain_text import plain


def contains_all(answer: str, must_contain: Iterable[str]) -> bool:
    """Whether every string occurs in the answer, case, white space, markup and typography aside.

    A floor, not a proof: a wrong answer can pass, and "14 days" for "two weeks" fails.
    """
    text = plain(answer).lower()
    return all(plain(wanted).lower() in text for wanted in must_contain)


def answer_contains(outcome: Outcome) -> float | None:
    """1 if the question was answered with all that it must contain. What an abstention says is no
    answer, even where it happens to hold the words.
    """
    question, answer = outcome.question, outcome.answer
    if answer is None or not question.is_answerable or not question.must_contain:
        return None
    return float(answer.status == "answered" and contains_all(answer.text, question.must_contain))


METRICS = (
    Metric(
        name="answer_contains",
        description="The answer holds every string that a right one must hold.",
        side="answer",
        score=answer_contains,
    ),
)
