"""Asks every question of a set, and scores what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from evaluation.metrics.contains import contains_all
from evaluation.metrics.mrr import first_gold_rank
from evaluation.scores import RANKING_DEPTH, QuestionResult, Scores, aggregate
from evaluation.sets import Question, Turn


class Searcher(Protocol):
    """Anything that finds documents."""

    def search(self, question: str, history: Sequence[Turn], *, limit: int) -> list[str]:
        """Up to `limit` distinct documents, best first, as paths relative to the corpus."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, or that there is none. `cited` are paths relative to the corpus."""

    status: Literal["answered", "abstained"]
    text: str
    cited: list[str]


class Answerer(Protocol):
    """Anything that answers questions."""

    def answer(self, question: str, history: Sequence[Turn]) -> Answered: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Scores over all questions and by question type, types in order of first appearance."""

    overall: Scores
    by_type: dict[str, Scores]
    results: tuple[QuestionResult, ...]


def evaluate(
    questions: Sequence[Question],
    *,
    searcher: Searcher,
    answerer: Answerer | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Ask each question, in order. Without an answerer only retrieval is scored.

    `on_progress` is called with (questions done, all questions) after each. An exception of
    searcher or answerer ends the run: a score over fewer questions would not compare.
    """
    results: list[QuestionResult] = []
    for question in questions:
        results.append(_ask(question, searcher, answerer))
        if on_progress is not None:
            on_progress(len(results), len(questions))
    types = dict.fromkeys(question.type for question in questions)
    return Evaluation(
        overall=aggregate(results),
        by_type={
            type_: aggregate([result for result in results if result.question.type == type_])
            for type_ in types
        },
        results=tuple(results),
    )


def _ask(question: Question, searcher: Searcher, answerer: Answerer | None) -> QuestionResult:
    found = searcher.search(question.question, question.history, limit=RANKING_DEPTH)
    ranked = tuple(dict.fromkeys(found))[:RANKING_DEPTH]
    gold_rank = first_gold_rank(ranked, question.gold)
    if answerer is None:
        return QuestionResult(question=question, ranked=ranked, first_gold_rank=gold_rank)
    answered = answerer.answer(question.question, question.history)
    is_answered = answered.status == "answered"
    is_checked = question.is_answerable and bool(question.must_contain)
    return QuestionResult(
        question=question,
        ranked=ranked,
        first_gold_rank=gold_rank,
        status=answered.status,
        # What an abstention says is no answer, even where it happens to hold the words.
        contains=(
            is_answered and contains_all(answered.text, question.must_contain)
            if is_checked
            else None
        ),
        cited=tuple(answered.cited),
    )
