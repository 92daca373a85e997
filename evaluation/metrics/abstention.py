"""Abstention: does it decline what nothing answers, and only that?"""

from __future__ import annotations

from evaluation.metrics.contract import Metric, SetMetric
from evaluation.outcome import Outcome


def abstention_recall(outcome: Outcome) -> float | None:
    """1 if an unanswerable question was declined; its mean is the recall of abstention.

    Means little without `false_abstention`: declining everything gives 1.
    Source: Rajpurkar, Jia and Liang, Know What You Don't Know (SQuAD 2.0), ACL 2018.
    """
    return None if outcome.question.is_answerable else _declined(outcome)


def false_abstention(outcome: Outcome) -> float | None:
    """1 if an answerable question was declined."""
    return _declined(outcome) if outcome.question.is_answerable else None


def _precision_parts(outcome: Outcome) -> tuple[float, float] | None:
    if outcome.answer is None or outcome.answer.status != "abstained":
        return None
    return float(not outcome.question.is_answerable), 1.0


def _declined(outcome: Outcome) -> float | None:
    return None if outcome.answer is None else float(outcome.answer.status == "abstained")


METRICS = (
    Metric(
        name="abstention_recall",
        description="Share of the unanswerable questions that were declined.",
        side="answer",
        score=abstention_recall,
    ),
    Metric(
        name="false_abstention",
        description="Share of the answerable questions that were declined.",
        side="answer",
        score=false_abstention,
        higher_is_better=False,
    ),
)
SET_METRICS = (
    SetMetric(
        name="abstention_precision",
        description="Share of the declined questions that nothing answers.",
        side="answer",
        parts=_precision_parts,
    ),
)
