"""Gold share@k: what part of the gold documents is among the first k?"""

from __future__ import annotations

from functools import partial

from ir_measures import R

from evaluation.metrics.contract import Metric
from evaluation.metrics.ranking import score_ranking
from evaluation.metrics.recall import RECALL_DEPTHS
from evaluation.outcome import Outcome


def gold_share_at_k(outcome: Outcome, *, k: int) -> float | None:
    """Gold documents among the first k distinct ones over all gold documents, in [0, 1], for
    questions that need every one of them; None for others, where one suffices.

    Source: recall in Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008),
    8.4; trec_eval's `recall_k`.
    """
    if not outcome.question.needs_every_gold:
        return None
    return score_ranking(R @ k, outcome)


METRICS = tuple(
    Metric(
        name=f"gold_share@{k}",
        description=f"Share of the documents that a multi-document question needs, first {k}.",
        side="retrieval",
        score=partial(gold_share_at_k, k=k),
    )
    for k in RECALL_DEPTHS
)
