"""The page for operators names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.gate import Limits, check_gate
from evaluation.metrics.registry import METRICS, SET_METRICS
from evaluation.runs import read_run
from evaluation.sets import Question, load_evaluation_set

_REPOSITORY = Path(__file__).parents[3]
_PAGE = (_REPOSITORY / "docs" / "evaluation.md").read_text()


@pytest.mark.parametrize("metric", [*METRICS, *SET_METRICS])
def test_every_metric_is_defined_on_the_page(metric: str) -> None:
    assert f"`{metric}`" in _PAGE


@pytest.mark.parametrize("field", Question.model_json_schema(by_alias=True)["properties"])
def test_every_field_of_a_question_is_on_the_page(field: str) -> None:
    assert f"\n| `{field}` |" in _PAGE


def test_baseline_of_the_example_is_of_its_questions_and_documents_today() -> None:
    examples = _REPOSITORY / "examples"
    evaluation_set = load_evaluation_set(examples, corpus=examples / "company")
    baseline = read_run(examples / "baseline.json")
    assert baseline.set == evaluation_set.identity(), "renew it: make eval-baseline"
    limits = Limits(max_regressions={"recall@5": 0.0}, minimums={}, maximums={})
    assert check_gate(baseline, limits, baseline=baseline).passed
