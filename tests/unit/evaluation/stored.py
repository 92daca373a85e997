"""Runs as tests store them, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from evaluation.code_version import CodeVersion
from evaluation.runner import evaluate
from evaluation.runs import Run, RunInfo
from evaluation.sets import EvaluationSet, Question, SetAccess
from tests.unit.evaluation.fakes import FakeAnswerer, FakeSearcher, question

QUESTIONS = (
    question("1", must_contain=["x"], language="en"),
    question("2", type_="paraphrase", language="nl"),
    question("3", type_="unanswerable", gold=[]),
)


def info(name: str, questions: Sequence[Question] = QUESTIONS, *, corpus: str = "c0") -> RunInfo:
    found = EvaluationSet(name="set", corpus=None, questions=tuple(questions), access=SetAccess())
    return RunInfo(
        name=name,
        started_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        set=found.identity().model_copy(update={"corpus_sha256": corpus}),
        configuration={"search": {"top_k": 10}},
        generation={"embedder": "a model"},
        code=CodeVersion(package="0.1.0", commit="abc", is_dirty=False),
    )


def run(
    name: str,
    rankings: Mapping[str, Sequence[str]],
    answers: Mapping[str, str] | None = None,
    *,
    questions: Sequence[Question] = QUESTIONS,
    corpus: str = "c0",
) -> Run:
    """A run in which the searcher found these paths and the answerer said these answers."""
    evaluation = evaluate(
        questions,
        searcher=FakeSearcher({id_: list(paths) for id_, paths in rankings.items()}),
        answerer=FakeAnswerer(dict(answers)) if answers is not None else None,
    )
    return Run.of(info(name, questions, corpus=corpus), evaluation)
