"""From results of single questions to scores over many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.metrics.abstention import AnswerOutcome, abstention_recall, false_abstention
from evaluation.metrics.mrr import reciprocal_rank
from evaluation.metrics.recall import recall_at_k
from evaluation.sets import Question

RECALL_DEPTHS = (1, 5, 10)
RANKING_DEPTH = max(RECALL_DEPTHS)
"""How many documents are asked for; a gold document further down counts as not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """What came back for one question.

    `ranked` are the distinct documents found, best first, `first_gold_rank` counts from 1.
    `status` is None where no answer was asked for, `contains` also where no string is wanted.
    """

    question: Question
    ranked: tuple[str, ...]
    first_gold_rank: int | None
    status: Literal["answered", "abstained"] | None = None
    contains: bool | None = None
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Means over `n` questions, each in [0, 1]; None where no question has the metric.

    Recall (by k), MRR, contains and false abstention are over the answerable questions,
    abstention recall over the unanswerable ones.
    """

    n: int
    recall: dict[int, float | None]
    mrr: float | None
    answer_contains: float | None
    abstention_recall: float | None
    false_abstention: float | None


def aggregate(results: Sequence[QuestionResult]) -> Scores:
    answerable = [result for result in results if result.question.is_answerable]
    outcomes = [
        AnswerOutcome(
            is_answerable=result.question.is_answerable, abstained=result.status == "abstained"
        )
        for result in results
        if result.status is not None
    ]
    return Scores(
        n=len(results),
        recall={k: _mean([_recall(result, k) for result in answerable]) for k in RECALL_DEPTHS},
        mrr=_mean([reciprocal_rank(result.ranked, result.question.gold) for result in answerable]),
        answer_contains=_mean(
            [float(result.contains) for result in answerable if result.contains is not None]
        ),
        abstention_recall=abstention_recall(outcomes),
        false_abstention=false_abstention(outcomes),
    )


def _recall(result: QuestionResult, k: int) -> float:
    question = result.question
    return recall_at_k(
        result.ranked, question.gold, k=k, needs_every_gold=question.needs_every_gold
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
