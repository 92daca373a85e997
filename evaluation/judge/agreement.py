"""How far a judge agrees with the people who graded the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.language_models.contract import NoUsableReply
from evaluation.judge.contract import Judge
from evaluation.judge.labels import LabelledCase
from evaluation.judgements import GRADES, Grade, JudgeIdentity
from evaluation.significance import Interval, interval_of_sums

_SIZE = len(GRADES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Over the `judged` cases; `not_judged` are those without a usable verdict.

    `confusion` counts, with persons' grades as rows and the judge's as columns, both in the order
    of `GRADES`. `kappa` is None where it is not defined, as where all are of one grade.
    """

    judge: JudgeIdentity
    judged: int
    not_judged: int
    raw: float | None
    raw_interval: Interval | None
    kappa: float | None
    kappa_interval: Interval | None
    confusion: NDArray[np.int64]


def cohens_kappa(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Agreement beyond what chance gives: (observed - expected) / (1 - expected), at most 1.

    `confusion` has shape (..., k, k), one rater's classes as rows and the other's as columns; the
    result has shape (...), NaN where chance alone would agree on everything.
    Source: Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    total = confusion.sum(axis=(-2, -1))
    observed = np.trace(confusion, axis1=-2, axis2=-1)
    by_chance = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    # Both over total², so that two equal raters give exactly 1.
    above, below = observed * total - by_chance, total**2 - by_chance
    kappa: NDArray[np.float64] = np.full(np.shape(total), np.nan)
    np.divide(above, below, out=kappa, where=below > 0)
    return kappa


def measure_agreement(
    cases: Sequence[LabelledCase],
    judge: Judge,
    *,
    concurrency: int = 1,
    on_judged: Callable[[], None] = lambda: None,
) -> Agreement:
    """Let the judge grade each case, `concurrency` at a time, and compare with the labels.

    Raises ModelUnavailable, ModelMisconfigured.
    """

    def grade(case: LabelledCase) -> Grade | None:
        try:
            return judge.grade(case.case).grade
        except NoUsableReply:
            return None
        finally:
            on_judged()

    with ThreadPoolExecutor(concurrency, thread_name_prefix="judge") as pool:
        try:
            grades = list(pool.map(grade, cases))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return agreement([case.label for case in cases], grades, judge=judge.identity)


def agreement(
    labels: Sequence[Grade], grades: Sequence[Grade | None], *, judge: JudgeIdentity
) -> Agreement:
    """Compare grades with labels, case by case; None is a case that was not judged.

    Intervals are percentile bootstraps over the judged cases.
    """
    cells = np.zeros((len(labels), _SIZE * _SIZE))
    for row, (label, grade) in enumerate(zip(labels, grades, strict=True)):
        if grade is not None:
            cells[row, GRADES.index(label) * _SIZE + GRADES.index(grade)] = 1
    judged = cells[cells.any(axis=1)]
    confusion = _square(judged.sum(axis=0))
    return Agreement(
        judge=judge,
        judged=len(judged),
        not_judged=len(labels) - len(judged),
        raw=_defined(_raw(confusion)),
        raw_interval=interval_of_sums(judged, scores=lambda sums: _raw(_square(sums))),
        kappa=_defined(cohens_kappa(confusion)),
        kappa_interval=interval_of_sums(judged, scores=lambda sums: cohens_kappa(_square(sums))),
        confusion=confusion.astype(np.int64),
    )


def _square(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    return cells.reshape(*cells.shape[:-1], _SIZE, _SIZE)


def _raw(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    total = confusion.sum(axis=(-2, -1))
    share: NDArray[np.float64] = np.full(np.shape(total), np.nan)
    np.divide(np.trace(confusion, axis1=-2, axis2=-1), total, out=share, where=total > 0)
    return share


def _defined(value: NDArray[np.float64]) -> float | None:
    return None if np.isnan(value) else float(value)
