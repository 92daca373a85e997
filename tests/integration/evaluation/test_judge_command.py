"""`vouch eval judge` and `judge-agreement` over a real endpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.errors import VouchError
from evaluation.runs import Run, RunStore
from evaluation.sets import Question
from tests.integration.evaluation.conftest import ChatServer
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.stored import run
from vouch.cli import cli

_LABELS = Path(__file__).parents[3] / "examples" / "judge_labels.jsonl"
_QUESTIONS = [
    question("leave").model_copy(update={"answer": "27 days"}),
    question("ill").model_copy(update={"answer": "09:30"}),
    question("hidden", type_="unanswerable", gold=[]),
]
_ANSWERS = {"leave": "It is 27 days a year.", "ill": "Call in sick before 10:00."}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.chdir(tmp_path)
    store = RunStore(tmp_path / "runs")
    store.save(_run("first", _QUESTIONS))
    return store


def _run(name: str, questions: list[Question]) -> Run:
    return run(name, {}, _ANSWERS, questions=questions)


def _judge_by(monkeypatch: pytest.MonkeyPatch, server: ChatServer, model: str) -> None:
    monkeypatch.setenv("VOUCH_JUDGE__URL", server.url)
    monkeypatch.setenv("VOUCH_JUDGE__MODEL", model)
    monkeypatch.setenv("VOUCH_JUDGE__CONCURRENCY", "1")


def _eval(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["eval", *map(str, arguments)])


def _done(*arguments: str | Path) -> str:
    result = _eval(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_stored_run_is_judged_compared_and_reported(
    runs: RunStore, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _judge_by(monkeypatch, chat_server, "good")
    before = len(chat_server.asked())
    output = _done("judge", "first", "--runs", tmp_path / "runs")
    # The question that was declined costs no request.
    assert len(chat_server.asked()) == before + 2
    judged = runs.load("first")
    grades = [r.judgement.grade for r in judged.results if r.judgement]
    assert grades == ["correct", "incorrect", "correct"]
    assert judged.judge is not None
    assert judged.judge.model == "good"
    assert "judged_correctness         0.667" in output
    assert "Not judged" not in output
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["first.json"]

    _done("judge", "first", "--runs", tmp_path / "runs")
    assert len(chat_server.asked()) == before + 2
    page = tmp_path / "page.html"
    _done("report", "first", "--runs", tmp_path / "runs", "--output", page)
    assert "Judged by good" in page.read_text()
    demanded = ("--min", "judged_correctness=0.9")
    assert _eval("gate", "first", "--runs", tmp_path / "runs", *demanded).exit_code == 1


def test_judging_that_was_cut_off_goes_on_where_it_was(
    runs: RunStore, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _judge_by(monkeypatch, chat_server, "failing-at-sick")
    cut_off = _eval("judge", "first", "--runs", tmp_path / "runs")
    assert isinstance(cut_off.exception, VouchError)
    assert "questions are judged and kept" in cut_off.output
    assert runs.load("first").judge is None
    assert "1 of 3" in cut_off.output or "2 of 3" in cut_off.output
    before = len(chat_server.asked())
    # What the endpoint fails at is gone; it would ask again for what was not kept.
    path = runs.find("first")
    path.write_text(path.read_text().replace("Call in sick", "Call in"))
    _done("judge", "first", "--runs", tmp_path / "runs")
    assert len(chat_server.asked()) == before + 1
    assert runs.load("first").overall.value("judged_correctness") == pytest.approx(2 / 3)


def test_answers_that_were_not_judged_are_counted_and_asked_again(
    runs: RunStore, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _judge_by(monkeypatch, chat_server, "chatty")
    output = _done("judge", "first", "--runs", tmp_path / "runs")
    assert "Not judged: 2 of 3" in output
    assert "2 times: The model's reply is not what was asked for" in output
    assert runs.load("first").overall.metrics["judged_correctness"].n == 1
    before = len(chat_server.asked())
    _done("judge", "first", "--runs", tmp_path / "runs")
    assert len(chat_server.asked()) == before + 2


def test_another_judge_judges_all_of_it_anew(
    runs: RunStore, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _judge_by(monkeypatch, chat_server, "good")
    _done("judge", "first", "--runs", tmp_path / "runs")
    _judge_by(monkeypatch, chat_server, "fenced")
    before = len(chat_server.asked())
    _done("judge", "first", "--runs", tmp_path / "runs")
    assert len(chat_server.asked()) == before + 2
    judge = runs.load("first").judge
    assert judge is not None
    assert judge.model == "fenced"


def test_without_a_model_the_settings_are_named(runs: RunStore, tmp_path: Path) -> None:
    result = _eval("judge", "first", "--runs", tmp_path / "runs")
    assert isinstance(result.exception, VouchError)
    assert "VOUCH_JUDGE__URL" in result.exception.detail


def test_run_that_is_not_there_is_named(
    runs: RunStore, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _judge_by(monkeypatch, chat_server, "good")
    result = _eval("judge", "other", "--runs", tmp_path / "runs")
    assert isinstance(result.exception, VouchError)
    assert "other.json cannot be read" in result.exception.detail


def test_agreement_is_shown_beside_that_of_counting_words(
    chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    _judge_by(monkeypatch, chat_server, "good")
    output = _done("judge-agreement", _LABELS)
    lines = [line.split() for line in output.splitlines()]
    cases = str(len(_LABELS.read_text().splitlines()))
    assert [line[:3] for line in lines if line[:1] == ["good"]] == [["good", cases, "0"]]
    assert [line[:3] for line in lines if line[:1] == ["lexical"]] == [["lexical", cases, "0"]]
    assert "Columns: that of good." in output


def test_answers_that_a_judge_gives_no_verdict_on_are_counted(
    chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    _judge_by(monkeypatch, chat_server, "inexact")
    label = {"question": "q", "reference": "r", "answer": "a", "label": "correct"}
    (tmp_path / "labels.jsonl").write_text(json.dumps(label))
    lines = [line.split() for line in _done("judge-agreement", "labels.jsonl").splitlines()]
    assert ["inexact", "0", "1", "–", "–"] in lines


def test_agreement_without_a_model_is_that_of_counting_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    output = _done("judge-agreement", _LABELS)
    assert "No model is set" in output
    assert "Columns: that of lexical." in output
