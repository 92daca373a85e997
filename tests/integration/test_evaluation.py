"""`vouch eval` from end to end: a real index, real HTTP, runs on disk, exit statuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.errors import VouchError
from evaluation.runs import Run, read_run
from tests.integration.conftest import RunningVouch
from vouch.api_under_test import ApiUnderTest
from vouch.cli import cli

_LEAVE = "Full-time employees receive 27 days of paid annual leave."
_SALARY = "The bonus for engineers in band seven is 9,400 euros a year."
_QUESTIONS: list[dict[str, Any]] = [
    {
        **{"id": "leave", "question": "How many days of annual leave do I get?", "type": "numeric"},
        **{"gold": ["leave.md"], "evidence": [_LEAVE], "must_contain": ["27"]},
        **{"access": "everyone", "as": "ana@acme.test", "language": "en"},
    },
    {
        **{"id": "bonus", "question": "What is the bonus of band seven?", "type": "numeric"},
        **{"gold": ["hr/salaries.md"], "evidence": [_SALARY], "access": "hr"},
        **{"as": "hana@acme.test"},
    },
    {
        **{"id": "hidden", "question": "What is the bonus of band seven?"},
        **{"type": "unanswerable", "gold": [], "as": "ana@acme.test"},
    },
]
_ACCESS = {"acl": ["everyone", "hr/**=group:hr"], "groups": {"hr": ["hana@acme.test"]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An evaluation set of three questions, two documents and who may read them."""
    folder = tmp_path / "set"
    (folder / "corpus" / "hr").mkdir(parents=True)
    (folder / "corpus" / "leave.md").write_text(f"# Annual leave\n\n{_LEAVE}\n")
    (folder / "corpus" / "hr" / "salaries.md").write_text(f"# Salary bands\n\n{_SALARY}\n")
    _write_questions(folder, _QUESTIONS)
    (folder / "access.json").write_text(json.dumps(_ACCESS))
    return folder


def _write_questions(folder: Path, questions: list[dict[str, Any]]) -> None:
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(q) for q in questions), "utf-8")


def _eval(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["eval", *map(str, arguments)])


def _run(*arguments: str | Path) -> str:
    result = _eval(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def _live_run(vouch: RunningVouch, folder: Path, runs: Path) -> list[str | Path]:
    server = ["--server", vouch.url, "--api-key", vouch.admin_key]
    return ["run", folder, *server, "--runs", runs]


def _by_id(run: Run) -> dict[str, Any]:
    return {result.question.id: result for result in run.results}


def test_run_is_stored_compared_reported_and_gated(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_DATA_DIR", str(tmp_path / "data"))
    keep: list[str | Path] = ["--keep", tmp_path / "index", "--no-floor"]
    written = tmp_path / "result.json"
    # The short form, without `run`.
    output = _run(folder, *keep, "--name", "first", "--json", written)
    assert json.loads(written.read_text())["overall"]["recall@1"] == 1.0
    stored = tmp_path / "data" / "runs" / "first.json"
    assert f"Stored: {stored}" in output
    run = read_run(stored)
    results = _by_id(run)
    assert results["leave"].ranked == ("leave.md",)
    assert results["leave"].metrics["evidence_recall@1"] == 1.0
    assert results["leave"].answer.cited == ("leave.md",)
    assert results["leave"].answer.claims[0].citations[0].quote in _LEAVE
    assert results["leave"].answer.latency_s > 0
    # Asked for Hana, who is in the group, and for Ana, who is not.
    assert results["bonus"].ranked[0] == "hr/salaries.md"
    assert "hr/salaries.md" not in results["hidden"].ranked
    assert list(run.groups["access"]) == ["everyone", "hr"]
    assert run.configuration["search"]["mode"] == "hybrid"
    assert run.generation is not None
    assert "structure" in run.generation["chunker"]

    monkeypatch.setenv("VOUCH_SEARCH__TOP_K", "3")
    _run("run", folder, *keep, "--name", "second", "--bare", "--no-answers")
    second = read_run(stored.with_name("second.json"))
    assert second.configuration["search"]["top_k"] == 3
    assert all(result.passages == () for result in second.results)
    assert second.overall.value("answer_contains") is None

    assert "No question's rank or status changed" in _run("compare", "first", "second")
    page = tmp_path / "page.html"
    _run("report", "first", "second", "--output", page)
    assert "What changed since first" in page.read_text()
    assert "pass  recall@5" in _run(
        *("gate", "second", "--baseline", "first", "--max-regression", "recall@5=0.01")
    )
    failed = _eval("gate", "second", "--max", "recall@5=0.5")
    assert failed.exit_code == 1
    assert "FAIL  recall@5 is 1.0000, at most 0.5 is demanded; n = 2" in failed.output
    unusable = _eval("gate", "second", "--min", "answer_contains=0.5")
    assert unusable.exit_code == 2
    assert "There is no 'answer_contains' in second" in unusable.output
    assert _eval("gate", "second", "--min", "recall@5").exit_code == 2


def test_live_server_is_asked_about_its_own_documents(
    vouch: RunningVouch, folder: Path, tmp_path: Path
) -> None:
    """Gold paths are those of the server; an equal path in another source is not gold."""
    corpus = folder / "corpus"
    other = tmp_path / "other"
    other.mkdir()
    (other / "leave.md").write_text(f"# Leave, copied\n\n{_LEAVE}\n")
    vouch.sync(vouch.register(corpus, name="handbook", acl=["everyone"]))
    vouch.sync(vouch.register(other, name="copies", acl=["everyone"]))
    corpus.rename(tmp_path / "elsewhere")
    _write_questions(folder, [_QUESTIONS[0] | {"source": "handbook"}])
    runs = tmp_path / "runs"
    _run(
        *("run", folder, "--server", vouch.url, "--api-key", vouch.admin_key),
        *("--runs", runs, "--name", "live"),
    )
    run = read_run(runs / "live.json")
    assert run.configuration["server"] == vouch.url
    assert vouch.admin_key not in (runs / "live.json").read_text()
    assert set(_by_id(run)["leave"].ranked) >= {"leave.md", "copies:leave.md"}
    assert list(run.groups["source"]) == ["handbook"]
    assert run.set.corpus_sha256 is None


def test_run_that_is_cut_off_goes_on_where_it_was(
    vouch: RunningVouch, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vouch.sync(vouch.register(folder / "corpus"))
    runs = tmp_path / "runs"
    command = _live_run(vouch, folder, runs)
    asked: list[str] = []
    answer = ApiUnderTest.answer

    def killed_at_the_second(self: ApiUnderTest, question: Any) -> Any:
        if asked:
            raise KeyboardInterrupt
        asked.append(question.id)
        return answer(self, question)

    monkeypatch.setattr(ApiUnderTest, "answer", killed_at_the_second)
    cut_off = _eval(*command, "--name", "long")
    assert cut_off.exit_code != 0
    assert "1 of 3 questions are done and kept" in cut_off.output
    assert "--resume long" in cut_off.output

    def counted(self: ApiUnderTest, question: Any) -> Any:
        asked.append(question.id)
        return answer(self, question)

    monkeypatch.setattr(ApiUnderTest, "answer", counted)
    _run(*command, "--resume", "long")
    assert asked == ["leave", "bonus", "hidden"]
    assert read_run(runs / "long.json").overall.n == 3


def test_run_of_another_set_is_not_resumed(
    vouch: RunningVouch, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    command = _live_run(vouch, folder, runs)
    monkeypatch.setattr(ApiUnderTest, "answer", _interrupt)
    _eval(*command, "--name", "long")
    monkeypatch.undo()
    _write_questions(folder, _QUESTIONS[:2])
    result = _eval(*command, "--resume", "long")
    assert isinstance(result.exception, VouchError)
    assert "begun with another set, configuration or code" in result.exception.detail


def _interrupt(self: ApiUnderTest, question: Any) -> Any:
    raise KeyboardInterrupt


def test_question_for_a_user_needs_to_know_who_may_read_what(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "access.json").unlink()
    result = _eval("run", folder)
    assert isinstance(result.exception, VouchError)
    assert "Add access.json" in result.exception.detail


def test_corpus_of_which_nothing_can_be_indexed_is_not_measured(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_DATA_DIR", str(tmp_path / "data"))
    shutil.rmtree(folder / "corpus" / "hr")
    (folder / "corpus" / "leave.md").write_text(" ")
    _write_questions(folder, _QUESTIONS[:1])
    result = _eval("run", folder)
    assert isinstance(result.exception, VouchError)
    assert "could not be indexed" in result.exception.detail
    assert "leave.md: " in result.output
    assert not (tmp_path / "data" / "runs").exists()
