"""What a metric is: a function of one question's outcome, with a name that reports use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evaluation.outcome import Outcome

Side = Literal["retrieval", "answer"]
Unit = Literal["share", "seconds", "characters", "tokens", "currency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Scores one question; a set's score is the mean over the questions that have it.

    `score` returns None where the metric is not defined for the question, such as recall of one
    that nothing answers. A metric of unit `share` is in [0, 1].
    """

    name: str
    description: str
    side: Side
    score: Callable[[Outcome], float | None]
    higher_is_better: bool = True
    unit: Unit = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMetric:
    """A ratio over a whole set, such as precision: the questions' numerators summed, over their
    denominators summed.

    `parts` returns one question's (numerator, denominator), or None where it takes no part. It is
    kept per question so that a set metric has intervals and paired tests like any other.
    """

    name: str
    description: str
    side: Side
    parts: Callable[[Outcome], tuple[float, float] | None]
    higher_is_better: bool = True
    unit: Unit = "share"
