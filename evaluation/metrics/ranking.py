"""Measures of a ranking of documents, computed by ir-measures (trec_eval's own code below it)."""

from __future__ import annotations

import ir_measures

from evaluation.outcome import Outcome


def score_ranking(measure: ir_measures.measures.Measure, outcome: Outcome) -> float | None:
    """One measure, such as `ir_measures.nDCG @ 10`, of the documents found; every gold document
    is relevant, in equal degree. None for a question without gold, or that was not searched for.
    """
    question = outcome.question
    if outcome.passages is None or not question.is_answerable:
        return None
    documents = outcome.documents
    # trec_eval sorts by score: falling ones keep the order.
    run = {question.id: {path: float(-rank) for rank, path in enumerate(documents)}}
    qrels = {question.id: dict.fromkeys(question.gold, 1)}
    return next(
        (float(metric.value) for metric in ir_measures.iter_calc([measure], qrels, run)), 0.0
    )
