"""Asks every question of a set, and scores what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evaluation.answers import Answered
from evaluation.outcome import Outcome
from evaluation.passages import FoundPassage
from evaluation.scores import QuestionResult, Scores, aggregate, score
from evaluation.sets import Question

_BATCH = 64
GROUPINGS: dict[str, Callable[[Question], str | None]] = {
    "type": lambda question: question.type,
    "language": lambda question: question.language,
    "source": lambda question: question.source,
    "access": lambda question: question.access,
}
"""What scores are told apart by; a question without the field is in none of its groups."""


class Searcher(Protocol):
    """Anything that finds passages."""

    def search_many(self, questions: Sequence[Question]) -> list[list[FoundPassage]]:
        """For each question, in order: passages, best first, of at least `RANKING_DEPTH` distinct
        documents where there are so many.
        """
        ...


class Answerer(Protocol):
    """Anything that answers questions."""

    def answer(self, question: Question) -> Answered: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Results in the order of the questions, and the scores over them.

    `groups` holds, by grouping (`type`, `language`, `source`, `access`), the scores of each group
    in order of first appearance; a grouping that no question has is left out.
    """

    results: tuple[QuestionResult, ...]
    overall: Scores
    groups: dict[str, dict[str, Scores]]


def evaluate(
    questions: Sequence[Question],
    *,
    searcher: Searcher | None = None,
    answerer: Answerer | None = None,
    done: Mapping[str, QuestionResult] | None = None,
    on_result: Callable[[QuestionResult], None] | None = None,
) -> Evaluation:
    """Ask each question, in order, 64 to a search; without an answerer only retrieval is scored.

    Questions whose id is in `done` are not asked again. `on_result` is called with each new result
    as soon as there is one. An exception of searcher or answerer ends the run: a score over fewer
    questions would not compare.
    """
    results = dict(done or {})
    waiting = [question for question in questions if question.id not in results]
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        found = searcher.search_many(batch) if searcher else [None] * len(batch)
        for question, passages in zip(batch, found, strict=True):
            outcome = Outcome(
                question=question,
                passages=None if passages is None else tuple(passages),
                answer=answerer.answer(question) if answerer else None,
            )
            results[question.id] = score(outcome)
            if on_result is not None:
                on_result(results[question.id])
    return summarise([results[question.id] for question in questions])


def summarise(results: Sequence[QuestionResult]) -> Evaluation:
    """Scores over all results and over each group of them."""
    groups: dict[str, dict[str, Scores]] = {}
    for grouping, key in GROUPINGS.items():
        members: dict[str, list[QuestionResult]] = {}
        for result in results:
            if (group := key(result.question)) is not None:
                members.setdefault(group, []).append(result)
        if members:
            groups[grouping] = {group: aggregate(some) for group, some in members.items()}
    return Evaluation(results=tuple(results), overall=aggregate(results), groups=groups)
