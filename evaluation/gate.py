"""The gate: is a run good enough, by itself and beside the one that stands?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import ConfigurationError
from evaluation.comparison import compare
from evaluation.metrics.registry import find_metric
from evaluation.runs import Run
from evaluation.significance import Interval

# Scores are quotients of sums: .9 demanded of nine in ten must not fail on the last binary digit.
_ROUNDING = 1e-9


class GateUnusable(ConfigurationError):
    """A limit cannot be checked on these runs, so nothing can be said of them."""

    title = "Gate unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is demanded, by metric.

    `max_regressions` is how much worse than the baseline a score may be, in the metric's own unit
    and whichever direction is worse for it. `minimums` and `maximums` bound the score itself.
    """

    max_regressions: Mapping[str, float]
    minimums: Mapping[str, float]
    maximums: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One limit and what was measured over `n` questions. The interval is that of the difference
    for a regression, and of the score for a bound.
    """

    metric: str
    passed: bool
    reason: str
    n: int
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """Every limit checked, in the order given."""

    checks: tuple[GateCheck, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


def check_gate(run: Run, limits: Limits, *, baseline: Run | None = None) -> GateResult:
    """Check every limit. The score itself decides, never its significance: a small set would let
    every regression pass as noise.

    Raises GateUnusable where there is no limit, no baseline for a regression, or no such metric in
    the runs; SetsDiffer where the baseline is of other questions or documents.
    """
    checks = [_bound(run, name, at_least=limit) for name, limit in limits.minimums.items()]
    checks += [_bound(run, name, at_most=limit) for name, limit in limits.maximums.items()]
    if limits.max_regressions:
        checks += _regressions(run, baseline, limits.max_regressions)
    if not checks:
        raise GateUnusable(
            "There is nothing to check: give --max-regression, --min or --max, as METRIC=NUMBER."
        )
    return GateResult(checks=tuple(checks))


def _bound(
    run: Run, name: str, *, at_least: float | None = None, at_most: float | None = None
) -> GateCheck:
    score = run.overall.metrics.get(name)
    if score is None or score.value is None:
        raise _no_metric(name, run)
    is_low = at_least is not None and score.value < at_least - _ROUNDING
    is_high = at_most is not None and score.value > at_most + _ROUNDING
    demanded = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    return GateCheck(
        metric=name,
        passed=not (is_low or is_high),
        reason=f"{name} is {score.value:.4f}, {demanded} is demanded",
        n=score.n,
        interval=score.interval,
    )


def _regressions(
    run: Run, baseline: Run | None, max_regressions: Mapping[str, float]
) -> list[GateCheck]:
    if baseline is None:
        raise GateUnusable("A regression is measured against another run: name it with --baseline.")
    differences = compare(baseline, run).differences
    checks = []
    for name, allowed in max_regressions.items():
        metric, difference = find_metric(name), differences.get(name)
        if metric is None or difference is None:
            raise _no_metric(name, run, baseline)
        loss = -difference.difference if metric.higher_is_better else difference.difference
        checks.append(
            GateCheck(
                metric=name,
                passed=loss <= allowed + _ROUNDING,
                reason=(
                    f"{name} went from {difference.before:.4f} to {difference.after:.4f} "
                    f"({difference.difference:+.4f}, p = {difference.p_value:.3f}), "
                    f"{allowed:g} worse is allowed"
                ),
                n=difference.n,
                interval=difference.interval,
            )
        )
    return checks


def _no_metric(name: str, *runs: Run) -> GateUnusable:
    common = set.intersection(*(set(run.overall.metrics) for run in runs))
    names = " and ".join(run.name for run in runs)
    return GateUnusable(f"There is no {name!r} in {names}; there are {', '.join(sorted(common))}.")
