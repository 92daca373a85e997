"""A run as one HTML page that needs nothing beside it: plots are SVG, styles are inside."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from evaluation.comparison import compare
from evaluation.comparison_table import rank_text, status_text, verdict_text
from evaluation.judgements import Grade
from evaluation.metrics.contract import Metric, SetMetric
from evaluation.metrics.registry import find_metric
from evaluation.runs import Run
from evaluation.scores import QuestionResult, Score

_WORST = 20
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """A question that went wrong, and how."""

    result: QuestionResult
    faults: tuple[str, ...]


def render_report(run: Run, after: Run | None = None) -> str:
    """The page of `run`, or with `after` that of `after` and what changed from `run` to it.

    Text of questions and documents is escaped. Raises SetsDiffer.
    """
    comparison = compare(run, after) if after is not None else None
    environment = Environment(
        loader=PackageLoader("evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "describe": _describe,
        "is_share": _is_share,
        "format_score": format_score,
        "rank_text": rank_text,
        "status_text": status_text,
        "verdict_text": verdict_text,
    }
    shown = after or run
    return environment.get_template("report.html.j2").render(
        run=shown,
        before=run if after is not None else None,
        comparison=comparison,
        changes=comparison.moved[:_MOST_CHANGES] if comparison is not None else [],
        worst=_worst(shown),
        configuration=json.dumps(shown.configuration, indent=2, ensure_ascii=False),
        generation=json.dumps(shown.generation, indent=2, ensure_ascii=False),
    )


def format_score(metric: str, value: float | None) -> str:
    """With the unit's own precision: shares have three digits; empty for None."""
    if value is None:
        return ""
    known = find_metric(metric)
    unit = known.unit if known else "share"
    if unit == "share":
        return f"{value:.3f}"
    if unit in ("characters", "tokens"):
        return f"{value:.0f}"
    return f"{value:.2f} s" if unit == "seconds" else f"{value:.5f}"


def _describe(metric: str) -> str:
    known = find_metric(metric)
    return known.description if known else ""


def _is_share(metric: str, score: Score) -> bool:
    """Whether it can be drawn on a scale from 0 to 1."""
    known: Metric | SetMetric | None = find_metric(metric)
    is_bounded = known is None or known.unit == "share"
    return is_bounded and score.value is not None and 0 <= score.value <= 1


def _worst(run: Run) -> list[Worst]:
    """The questions with the most faults, those whose documents were found latest first."""
    faulty = [Worst(result=result, faults=_faults(result)) for result in run.results]
    faulty = [worst for worst in faulty if worst.faults]
    faulty.sort(key=lambda worst: (worst.result.metrics.get("mrr", 1.0), -len(worst.faults)))
    return faulty[:_WORST]


def _faults(result: QuestionResult) -> tuple[str, ...]:
    metrics = result.metrics
    rank = result.first_gold_rank
    faults = {
        "no gold document among the first ten": metrics.get("mrr") == 0,
        f"first gold document at rank {rank}": rank is not None and rank > 1,
        "not every gold document among the first ten": (
            metrics.get("recall@10") == 0 and metrics.get("mrr") != 0
        ),
        "evidence not in the first ten passages": metrics.get("evidence_recall@10") == 0,
        "declined, though the documents answer it": metrics.get("false_abstention") == 1,
        "answered, though nothing answers it": metrics.get("abstention_recall") == 0,
        "judged incorrect": _grade(result) == "incorrect",
        "judged partly right": _grade(result) == "partial",
        "not judged": result.judgement is not None and bool(result.judgement.problem),
        "the answer lacks what it must contain": (
            metrics.get("answer_contains") == 0 and result.status == "answered"
        ),
    }
    return tuple(fault for fault, is_so in faults.items() if is_so)


def _grade(result: QuestionResult) -> Grade | None:
    return result.judgement.grade if result.judgement else None
