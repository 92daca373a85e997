"""Judged runs in comparisons, reports and gates."""

from __future__ import annotations

import io
import re

import pytest
from lxml import html
from rich.console import Console

from evaluation.comparison import compare
from evaluation.comparison_table import print_comparison
from evaluation.gate import GateUnusable, Limits, check_gate
from evaluation.html_report import render_report
from evaluation.judge.judging import judge_results, judged_run
from evaluation.judgements import Grade, JudgeIdentity, Judgement
from evaluation.metrics.registry import JUDGED
from evaluation.runs import Run
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.judge.fakes import IDENTITY, FakeJudge
from tests.unit.evaluation.stored import run

_OTHER = JudgeIdentity(model=IDENTITY.model, prompts_sha256="p2")
_QUESTIONS = [question(id_).model_copy(update={"answer": "x"}) for id_ in ("1", "2", "3")]


def _judged(name: str, grades: dict[str, Grade], *, by: JudgeIdentity = IDENTITY) -> Run:
    """A run whose answers are named after their questions, graded so; others get no verdict."""
    answers = {asked.id: f"answer {asked.id}" for asked in _QUESTIONS}
    stored = run(name, {}, answers, questions=_QUESTIONS)
    judge = FakeJudge({f"answer {id_}": grade for id_, grade in grades.items()}, identity=by)
    found: dict[str, Judgement] = {}
    judge_results(stored.results, judge, concurrency=1, on_judged=found.__setitem__)
    return judged_run(stored, judge, found)


_BEFORE = _judged("before", {"1": "correct", "2": "incorrect", "3": "partial"})


def _text(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).itertext()).split())


def _printed(before: Run, after: Run) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_comparison(compare(before, after), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_runs_of_one_judge_are_compared_by_what_it_said() -> None:
    after = _judged("after", {"1": "correct", "2": "correct", "3": "partial"})
    difference = compare(_BEFORE, after).differences["judged_correctness"]
    assert (difference.n, difference.before) == (3, 0.5)
    assert difference.after == pytest.approx(2.5 / 3)
    assert "different judges" not in _printed(_BEFORE, after)


def test_what_different_judges_said_is_not_compared() -> None:
    after = _judged("after", {"1": "correct", "2": "correct"}, by=_OTHER)
    comparison = compare(_BEFORE, after)
    assert JUDGED.isdisjoint(comparison.differences)
    assert comparison.differences
    assert all(JUDGED.isdisjoint(change.metrics) for change in comparison.changes)
    assert "different judges" in _printed(_BEFORE, after)
    assert "different judges" in _text(render_report(_BEFORE, after))
    limits = Limits(max_regressions={"judged_correctness": 0.1}, minimums={}, maximums={})
    with pytest.raises(GateUnusable):
        check_gate(after, limits, baseline=_BEFORE)


def test_judged_run_beside_one_that_was_not_is_compared_without_the_judge() -> None:
    plain = run("plain", {}, {"1": "answer 1"}, questions=_QUESTIONS)
    comparison = compare(plain, _BEFORE)
    assert JUDGED.isdisjoint(comparison.differences)
    assert not comparison.has_other_judge


def test_gate_holds_a_run_to_what_its_judge_said() -> None:
    limits = Limits(max_regressions={}, minimums={"judged_correctness": 0.6}, maximums={})
    assert not check_gate(_BEFORE, limits).passed


def test_report_names_the_judge_its_verdicts_and_what_was_not_judged() -> None:
    text = _text(render_report(_judged("r", {"1": "incorrect", "3": "partial"})))
    assert "Judged by fake (prompts p1); not judged: 1" in text
    assert "judged incorrect" in text
    assert "judged partly right" in text
    assert "incorrect: because answer 1" in text
    assert re.search(r"not judged: The model's reply is not what was asked for", text)
    assert "judged_correctness 0.250" in text
    assert "Judged by" not in _text(render_report(run("r", {})))
