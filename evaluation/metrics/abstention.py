"""Abstention: does it decline what nothing answers, and only that?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOutcome:
    """Whether a question could be answered from the corpus, and whether it was declined."""

    is_answerable: bool
    abstained: bool


def abstention_recall(outcomes: Iterable[AnswerOutcome]) -> float | None:
    """Share of the unanswerable questions that were declined; None if there are none.

    Means little without `false_abstention`: declining everything gives 1.
    Source: Rajpurkar, Jia and Liang, Know What You Don't Know (SQuAD 2.0), ACL 2018.
    """
    return _share_declined([o for o in outcomes if not o.is_answerable])


def false_abstention(outcomes: Iterable[AnswerOutcome]) -> float | None:
    """Share of the answerable questions that were declined; None if there are none."""
    return _share_declined([o for o in outcomes if o.is_answerable])


def _share_declined(outcomes: list[AnswerOutcome]) -> float | None:
    if not outcomes:
        return None
    return sum(outcome.abstained for outcome in outcomes) / len(outcomes)
