"""Recall@k: are the documents that answer the question among the first k?"""

from __future__ import annotations

from functools import partial

from ir_measures import R, Success

from evaluation.metrics.contract import Metric
from evaluation.metrics.ranking import score_ranking
from evaluation.outcome import Outcome

RECALL_DEPTHS = (1, 5, 10)


def recall_at_k(outcome: Outcome, *, k: int) -> float | None:
    """1 if the documents that the question needs are among the first k distinct ones, else 0.

    A question that needs every gold document (`multi_doc`) has 1 only with all of them: with more
    gold documents than k it cannot. Else the gold documents are alternatives, and one suffices.

    Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), 8.4, made
    all or nothing; the any-of variant is also called success@k or hit rate.
    """
    if outcome.question.needs_every_gold:
        share = score_ranking(R @ k, outcome)
        return None if share is None else float(share == 1.0)
    return score_ranking(Success @ k, outcome)


METRICS = tuple(
    Metric(
        name=f"recall@{k}",
        description=f"Every document that the question needs is among the first {k}.",
        side="retrieval",
        score=partial(recall_at_k, k=k),
    )
    for k in RECALL_DEPTHS
)
