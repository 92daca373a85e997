"""nDCG@10: are the gold documents near the top?"""

from __future__ import annotations

from ir_measures import nDCG

from evaluation.metrics.contract import Metric
from evaluation.metrics.ranking import score_ranking
from evaluation.outcome import RANKING_DEPTH, Outcome


def ndcg_at_10(outcome: Outcome) -> float | None:
    """Sum over gold documents found of 1 / log2(rank + 1), over the best such sum, in [0, 1].

    Every gold document is relevant, also where one suffices: a question with alternatives reaches
    1 only with all of them on top.

    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002;
    binary gains, as in trec_eval's `ndcg_cut_10`.
    """
    return score_ranking(nDCG @ RANKING_DEPTH, outcome)


METRICS = (
    Metric(
        name=f"ndcg@{RANKING_DEPTH}",
        description="Gold documents found, those further up counting more.",
        side="retrieval",
        score=ndcg_at_10,
    ),
)
