"""An evaluation as JSON, for programs."""

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
    """`overall`, `by_type` and so on, `floor`, `config` and, if wanted, `questions`.

    Scores are by metric; those that no question has are left out.
    """
    report: dict[str, object] = {
        "overall": _scores(evaluation.overall),
        **_groups(evaluation),
        "floor": None if floor is None else {**_scores(floor.overall), **_groups(floor)},
        "config": dict(config),
    }
    if with_questions:
        report["questions"] = [_question(result) for result in evaluation.results]
    return report


def _scores(scores: Scores) -> dict[str, float | None]:
    return {name: score.value for name, score in scores.metrics.items()}


def _groups(evaluation: Evaluation) -> dict[str, object]:
    return {
        f"by_{grouping}": {
            group: {"n": scores.n, **_scores(scores)} for group, scores in groups.items()
        }
        for grouping, groups in evaluation.groups.items()
    }


def _question(result: QuestionResult) -> dict[str, object]:
    answer = result.answer
    return {
        "id": result.question.id,
        "type": result.question.type,
        "ranked": list(result.ranked),
        "first_gold_rank": result.first_gold_rank,
        "status": result.status,
        "cited": list(answer.cited) if answer else [],
        "metrics": result.metrics,
    }
