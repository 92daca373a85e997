"""Reciprocal rank: how far up is the first document that answers the question?"""

from __future__ import annotations

from ir_measures import RR

from evaluation.metrics.contract import Metric
from evaluation.metrics.ranking import score_ranking
from evaluation.outcome import Outcome


def reciprocal_rank(outcome: Outcome) -> float | None:
    """1 / rank of the first gold document, 0 where the first ten hold none. Its mean over
    questions is the MRR, here cut off at 10.

    The first one counts also where a question needs several: whether all are found is what recall
    says.

    Source: Voorhees, The TREC-8 Question Answering Track Report (1999).
    """
    return score_ranking(RR, outcome)


METRICS = (
    Metric(
        name="mrr",
        description="1 / rank of the first gold document, 0 where it is not among the first ten.",
        side="retrieval",
        score=reciprocal_rank,
    ),
)
