"""Every metric by name: the one table that scores, reports and gates read."""

from __future__ import annotations

from evaluation.metrics import (
    abstention,
    citation,
    contains,
    effort,
    evidence,
    gold_share,
    judged,
    mrr,
    ndcg,
    recall,
    support,
)
from evaluation.metrics.contract import Metric, SetMetric

METRICS: dict[str, Metric] = {
    metric.name: metric
    for module in (
        recall,
        mrr,
        ndcg,
        gold_share,
        evidence,
        contains,
        support,
        citation,
        judged,
        abstention,
        effort,
    )
    for metric in module.METRICS
}
"""In the order in which reports show them."""

SET_METRICS: dict[str, SetMetric] = {
    metric.name: metric
    for module in (support, citation, judged, abstention)
    for metric in module.SET_METRICS
}
"""Ratios over a whole set; their names differ from those above."""

JUDGED = frozenset(metric.name for metric in (*judged.METRICS, *judged.SET_METRICS))
"""Those that a judge gives: scores of different judges do not compare."""


def find_metric(name: str) -> Metric | SetMetric | None:
    """The metric of this name, of whichever kind."""
    return METRICS.get(name) or SET_METRICS.get(name)
