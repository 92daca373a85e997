"""What changed between two runs, in sum and question by question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import ConfigurationError
from evaluation.metrics.registry import JUDGED, METRICS, SET_METRICS
from evaluation.runs import Run
from evaluation.scores import QuestionResult
from evaluation.significance import PairedDifference, paired_difference

_WORSE_FIRST = ("down", "same", "up")
Status = Literal["answered", "abstained"]


class SetsDiffer(ConfigurationError):
    """The runs are of different questions or documents: their scores do not compare."""

    title = "Sets differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionChange:
    """A question that came out differently. Ranks are of the first gold document, from 1; None
    where it was not found. `metrics` are (before, after) of those that differ in both runs.
    """

    id: str
    type: str
    question: str
    rank_before: int | None
    rank_after: int | None
    status_before: Status | None
    status_after: Status | None
    metrics: dict[str, tuple[float, float]]

    @property
    def has_moved(self) -> bool:
        """Whether its rank or its status is another; one that was not measured is no change."""
        return self.rank_change != "same" or self.has_other_status

    @property
    def has_other_status(self) -> bool:
        """Whether it went between answered and abstained."""
        statuses = {self.status_before, self.status_after}
        return None not in statuses and len(statuses) > 1

    @property
    def rank_change(self) -> Literal["up", "down", "same"]:
        """Which way the first gold document went; found is above not found."""
        before = self.rank_before or float("inf")
        after = self.rank_after or float("inf")
        return "same" if before == after else "up" if after < before else "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Over the `n` questions of both runs: differences by metric, and the questions that differ,
    in the order of the run before. With `has_other_judge` what the judges said is left out.
    """

    n: int
    has_other_judge: bool = False
    differences: dict[str, PairedDifference]
    changes: tuple[QuestionChange, ...]

    @property
    def moved(self) -> list[QuestionChange]:
        """The questions whose rank or status changed, worse first."""
        moved = [change for change in self.changes if change.has_moved]
        return sorted(moved, key=lambda change: _WORSE_FIRST.index(change.rank_change))


def compare(before: Run, after: Run, *, is_common_only: bool = False) -> Comparison:
    """Compare two runs over the questions that are in both, and equal.

    Raises SetsDiffer where questions or documents are not all the same, unless `is_common_only`,
    or where no question is.
    """
    if not is_common_only:
        require_same_set(before, after)
    earlier = {result.question.id: result for result in before.results}
    later = {result.question.id: result for result in after.results}
    pairs = [
        (one, later[id_])
        for id_, one in earlier.items()
        if id_ in later and one.question == later[id_].question
    ]
    if not pairs:
        raise SetsDiffer(f"{before.name} and {after.name} have no question in common.")
    has_other_judge = None not in (before.judge, after.judge) and before.judge != after.judge
    if has_other_judge:
        pairs = [(one.without(JUDGED), other.without(JUDGED)) for one, other in pairs]
    changes = (_change(one, other) for one, other in pairs)
    return Comparison(
        n=len(pairs),
        has_other_judge=has_other_judge,
        differences=_differences(pairs),
        changes=tuple(change for change in changes if change is not None),
    )


def require_same_set(before: Run, after: Run) -> None:
    """Raises SetsDiffer, saying how, where the runs are of other questions or documents."""
    if before.set.questions_sha256 != after.set.questions_sha256:
        earlier = {result.question.id: result.question for result in before.results}
        later = {result.question.id: result.question for result in after.results}
        common = earlier.keys() & later.keys()
        changed = sum(earlier[id_] != later[id_] for id_ in common)
        raise SetsDiffer(
            f"{before.name} ({before.set.name}) and {after.name} ({after.set.name}) are of "
            f"different questions: {len(earlier.keys() - common)} only in the first, "
            f"{len(later.keys() - common)} only in the second, {changed} changed, "
            f"{len(common) - changed} the same."
        )
    corpora = {before.set.corpus_sha256, after.set.corpus_sha256} - {None}
    if len(corpora) > 1:
        raise SetsDiffer(
            f"{before.name} and {after.name} ask the same questions of different documents: "
            "files of the corpus were added, changed or removed between them."
        )


def _differences(
    pairs: list[tuple[QuestionResult, QuestionResult]],
) -> dict[str, PairedDifference]:
    present = {name for one, other in pairs for name in (*one.metrics, *one.ratios, *other.ratios)}
    names = [name for name in (*METRICS, *SET_METRICS) if name in present]
    names += sorted(present.difference(names))
    found = {name: _difference(name, pairs) for name in names}
    return {name: difference for name, difference in found.items() if difference is not None}


def _difference(
    metric: str, pairs: list[tuple[QuestionResult, QuestionResult]]
) -> PairedDifference | None:
    parts = [(one.parts(metric), other.parts(metric)) for one, other in pairs]
    both = [(one, other) for one, other in parts if one is not None and other is not None]
    if not both:
        return None
    before, after = (np.array(side, dtype=np.float64) for side in zip(*both, strict=True))
    return paired_difference(before, after)


def _change(before: QuestionResult, after: QuestionResult) -> QuestionChange | None:
    metrics = {
        name: (value, after.metrics[name])
        for name, value in before.metrics.items()
        if name in after.metrics and after.metrics[name] != value
    }
    change = QuestionChange(
        id=before.question.id,
        type=before.question.type,
        question=before.question.question,
        rank_before=before.first_gold_rank,
        rank_after=after.first_gold_rank,
        status_before=before.status,
        status_after=after.status,
        metrics=metrics,
    )
    return change if change.has_moved or metrics else None
