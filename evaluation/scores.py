"""From outcomes of single questions to scores over many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from evaluation.answers import Answered
from evaluation.judgements import Judgement
from evaluation.metrics.registry import JUDGED, METRICS, SET_METRICS
from evaluation.outcome import Outcome
from evaluation.passages import FoundPassage
from evaluation.sets import Question
from evaluation.significance import Interval, bootstrap_interval, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """What came back for one question, scored: all that is kept of it.

    `ranked` are the distinct documents found, best first; `passages` excerpts of the first ten
    passages. `status` is None where no answer was asked for. `metrics` has those defined for the
    question, by name; `ratios` its numerator and denominator in each set metric that it takes
    part in. `judgement` is None where no judge was asked.
    """

    question: Question
    ranked: tuple[str, ...]
    passages: tuple[FoundPassage, ...]
    answer: Answered | None
    status: Literal["answered", "abstained"] | None
    metrics: dict[str, float]
    ratios: dict[str, tuple[float, float]]
    judgement: Judgement | None = None

    @property
    def first_gold_rank(self) -> int | None:
        """Rank, from 1, of the first gold document among those found."""
        gold = self.question.gold
        return next((rank for rank, path in enumerate(self.ranked, start=1) if path in gold), None)

    def bare(self) -> Self:
        """The same without the texts of passages, answer and judge's reason."""
        judgement = self.judgement.bare() if self.judgement else None
        return replace(self, passages=(), answer=None, judgement=judgement)

    def judged(self, judgement: Judgement | None) -> Self:
        """The same with this judgement, and the metrics that follow from it, in place of any that
        it had.
        """
        outcome = Outcome(
            question=self.question, passages=None, answer=self.answer, judgement=judgement
        )
        rest = self.without(JUDGED)
        metrics = {name: METRICS[name].score(outcome) for name in METRICS if name in JUDGED}
        ratios = {name: SET_METRICS[name].parts(outcome) for name in SET_METRICS if name in JUDGED}
        return replace(
            rest,
            judgement=judgement,
            metrics=rest.metrics | {n: value for n, value in metrics.items() if value is not None},
            ratios=rest.ratios | {n: parts for n, parts in ratios.items() if parts is not None},
        )

    def without(self, metrics: Collection[str]) -> Self:
        """The same without these metrics."""
        return replace(
            self,
            metrics={name: value for name, value in self.metrics.items() if name not in metrics},
            ratios={name: parts for name, parts in self.ratios.items() if name not in metrics},
        )

    def parts(self, metric: str) -> tuple[float, float] | None:
        """Numerator and denominator in the metric's score; a mean's denominator is 1."""
        if metric in self.metrics:
            return self.metrics[metric], 1.0
        return self.ratios.get(metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A metric over `n` questions, with its 95 % bootstrap interval; the value is None where its
    denominator is 0, the interval also for a single question.
    """

    value: float | None
    n: int
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores over `n` questions by metric; a metric that none of them has is left out."""

    n: int
    metrics: dict[str, Score]

    def value(self, metric: str) -> float | None:
        """The score, or None where there is none."""
        score = self.metrics.get(metric)
        return score.value if score else None


_KEPT_PASSAGES = 10


def score(outcome: Outcome) -> QuestionResult:
    """Every metric that is defined for the outcome."""
    metrics = {name: metric.score(outcome) for name, metric in METRICS.items()}
    ratios = {name: metric.parts(outcome) for name, metric in SET_METRICS.items()}
    return QuestionResult(
        question=outcome.question,
        ranked=outcome.documents,
        passages=tuple(p.excerpt() for p in (outcome.passages or ())[:_KEPT_PASSAGES]),
        answer=outcome.answer,
        status=outcome.answer.status if outcome.answer else None,
        metrics={name: value for name, value in metrics.items() if value is not None},
        ratios={name: parts for name, parts in ratios.items() if parts is not None},
    )


def aggregate(results: Sequence[QuestionResult]) -> Scores:
    """Means and ratios over the questions that have them, in the table's order, then by name."""
    names = dict.fromkeys([*METRICS, *SET_METRICS])
    names |= dict.fromkeys(sorted({n for r in results for n in (*r.metrics, *r.ratios)}))
    scores = {name: _score(results, name) for name in names}
    return Scores(n=len(results), metrics={n: s for n, s in scores.items() if s is not None})


def _score(results: Sequence[QuestionResult], metric: str) -> Score | None:
    found = [part for result in results if (part := result.parts(metric)) is not None]
    if not found:
        return None
    parts = np.array(found, dtype=np.float64)
    return Score(value=ratio(parts), n=len(found), interval=bootstrap_interval(parts))
