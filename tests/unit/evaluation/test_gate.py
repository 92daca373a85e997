from __future__ import annotations

from collections.abc import Mapping

import pytest

from evaluation.comparison import SetsDiffer
from evaluation.gate import GateUnusable, Limits, check_gate
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.stored import run

_QUESTIONS = [question(str(number)) for number in range(10)]


def _found(*ids: int) -> dict[str, list[str]]:
    return {str(id_): ["a.md"] for id_ in ids}


def _limits(
    *,
    regressions: Mapping[str, float] | None = None,
    minimums: Mapping[str, float] | None = None,
    maximums: Mapping[str, float] | None = None,
) -> Limits:
    return Limits(
        max_regressions=regressions or {}, minimums=minimums or {}, maximums=maximums or {}
    )


_NINE = run("nine", _found(*range(9)), {}, questions=_QUESTIONS)
_EIGHT = run("eight", _found(*range(8)), {}, questions=_QUESTIONS)


@pytest.mark.parametrize(("allowed", "passed"), [(0.0, False), (0.05, False), (0.1, True)])
def test_regression_is_held_to_what_is_allowed(allowed: float, passed: bool) -> None:
    result = check_gate(_EIGHT, _limits(regressions={"recall@5": allowed}), baseline=_NINE)
    assert result.passed is passed
    (check,) = result.checks
    assert "recall@5 went from 0.9000 to 0.8000 (-0.1000" in check.reason
    assert check.n == 10
    assert check.interval is not None
    assert check.interval.low <= -0.1 <= check.interval.high


def test_improvement_passes_and_so_does_the_same() -> None:
    limits = _limits(regressions={"recall@5": 0.0})
    assert check_gate(_NINE, limits, baseline=_EIGHT).passed
    assert check_gate(_NINE, limits, baseline=_NINE).passed


def test_for_a_metric_where_less_is_better_a_rise_is_the_regression() -> None:
    answered = {str(number): "Yes." for number in range(10)}
    all_answered = run("all", {}, answered, questions=_QUESTIONS)
    limits = _limits(regressions={"false_abstention": 0.5})
    assert check_gate(all_answered, limits, baseline=_NINE).passed
    assert not check_gate(_NINE, limits, baseline=all_answered).passed


@pytest.mark.parametrize(("bound", "passed"), [(0.85, True), (0.9, True), (0.95, False)])
def test_minimum_includes_its_bound(bound: float, passed: bool) -> None:
    assert check_gate(_NINE, _limits(minimums={"recall@5": bound})).passed is passed


@pytest.mark.parametrize(("bound", "passed"), [(0.85, False), (0.9, True), (0.95, True)])
def test_maximum_includes_its_bound(bound: float, passed: bool) -> None:
    assert check_gate(_NINE, _limits(maximums={"recall@5": bound})).passed is passed


def test_every_limit_is_checked_and_one_failure_fails_the_gate() -> None:
    limits = _limits(
        regressions={"mrr": 0.2}, minimums={"recall@5": 0.85}, maximums={"false_abstention": 1}
    )
    result = check_gate(_EIGHT, limits, baseline=_NINE)
    assert [(check.metric, check.passed) for check in result.checks] == [
        ("recall@5", False),
        ("false_abstention", True),
        ("mrr", True),
    ]
    assert not result.passed


def test_baseline_may_be_bare() -> None:
    limits = _limits(regressions={"recall@5": 0.01})
    assert not check_gate(_EIGHT.bare(), limits, baseline=_NINE.bare()).passed


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (_limits(), "nothing to check"),
        (_limits(minimums={"recal@5": 0.9}), r"no 'recal@5' in nine; there are .*recall@5"),
        (_limits(maximums={"gold_share@5": 0.9}), "no 'gold_share@5' in nine"),
        (_limits(regressions={"recall@5": 0.01}), "name it with --baseline"),
    ],
)
def test_limit_that_cannot_be_checked_is_an_error_and_no_pass(limits: Limits, reason: str) -> None:
    with pytest.raises(GateUnusable, match=reason):
        check_gate(_NINE, limits)


def test_metric_that_the_baseline_lacks_is_an_error_and_no_pass() -> None:
    without_answers = run("old", _found(1), questions=_QUESTIONS)
    with pytest.raises(GateUnusable, match="no 'false_abstention' in nine and old"):
        check_gate(_NINE, _limits(regressions={"false_abstention": 0.1}), baseline=without_answers)


def test_baseline_of_another_set_is_an_error_and_no_pass() -> None:
    other = run("other", {}, questions=_QUESTIONS[:5])
    with pytest.raises(SetsDiffer):
        check_gate(_NINE, _limits(regressions={"recall@5": 0.01}), baseline=other)
