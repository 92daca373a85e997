"""An evaluation as JSON, for programs and later comparison."""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.runner import Evaluation
from evaluation.scores import QuestionResult, Scores


def to_json(
    evaluation: Evaluation,
    floor: Evaluation | None,
    config: Mapping[str, object],
    *,
    with_questions: bool = True,
) -> dict[str, object]:
    """`overall`, `by_type`, `floor`, `config` and, if wanted, `questions`; undefined is null.

    Scores by type have only the metrics that make sense for the type. The floor has the retrieval
    metrics, and its own `by_type`.
    """
    report: dict[str, object] = {
        "overall": _retrieval(evaluation.overall) | _answers(evaluation.overall),
        "by_type": {
            type_: _by_type(evaluation, type_, scores)
            for type_, scores in evaluation.by_type.items()
        },
        "floor": None if floor is None else _floor(floor),
        "config": dict(config),
    }
    if with_questions:
        report["questions"] = [_question(result) for result in evaluation.results]
    return report


def _retrieval(scores: Scores) -> dict[str, float | None]:
    recall = {f"recall@{k}": value for k, value in scores.recall.items()}
    return recall | {"mrr": scores.mrr}


def _answers(scores: Scores) -> dict[str, float | None]:
    return {
        "answer_contains": scores.answer_contains,
        "abstention_recall": scores.abstention_recall,
        "false_abstention": scores.false_abstention,
    }


def _by_type(evaluation: Evaluation, type_: str, scores: Scores) -> dict[str, float | None]:
    answers = _answers(scores)
    kinds = {r.question.is_answerable for r in evaluation.results if r.question.type == type_}
    if True not in kinds:
        return {"n": scores.n, "abstention_recall": scores.abstention_recall}
    if False not in kinds:
        del answers["abstention_recall"]
    return {"n": scores.n} | _retrieval(scores) | answers


def _floor(floor: Evaluation) -> dict[str, object]:
    by_type = {
        type_: {"n": scores.n} | _retrieval(scores)
        for type_, scores in floor.by_type.items()
        if scores.mrr is not None
    }
    return {**_retrieval(floor.overall), "by_type": by_type}


def _question(result: QuestionResult) -> dict[str, object]:
    return {
        "id": result.question.id,
        "type": result.question.type,
        "ranked": list(result.ranked),
        "first_gold_rank": result.first_gold_rank,
        "status": result.status,
        "contains": result.contains,
        "cited": list(result.cited),
    }
