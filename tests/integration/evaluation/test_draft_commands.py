"""`vouch eval draft` and `accept`, from real documents and a real endpoint to a set."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.errors import VouchError
from evaluation.drafting.drafts import DraftFile
from evaluation.sets import load_evaluation_set
from tests.integration.conftest import RunningVouch
from tests.integration.evaluation.conftest import ChatServer
from vouch.cli import cli

_LEAVE = "# Leave\n\nFull-time employees have 27 days of leave. "
_SICKNESS = "## Sickness\n\nCall your manager by 09:30. "
# Long enough to be chunks of their own.
_MORE = "Ask the office if anything is unclear, and do it early. " * 15
_TRAVEL = "# Travel\n\nThe daily allowance is 64 euros.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a set to be, which has documents and no questions."""
    monkeypatch.chdir(tmp_path)
    corpus = tmp_path / "set" / "corpus"
    (corpus / "policies").mkdir(parents=True)
    (corpus / "leave.md").write_text(f"{_LEAVE}{_MORE}\n\n{_SICKNESS}{_MORE}\n")
    (corpus / "policies" / "travel.md").write_text(_TRAVEL)
    return tmp_path / "set"


@pytest.fixture(autouse=True)
def _model(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_JUDGE__URL", chat_server.url)
    monkeypatch.setenv("VOUCH_JUDGE__MODEL", "good")


def _eval(*arguments: str | Path, answers: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["eval", *map(str, arguments)], input=answers)


def _done(*arguments: str | Path, answers: str | None = None) -> str:
    result = _eval(*arguments, answers=answers)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def _draft(folder: Path, *options: str | Path) -> str:
    return _done("draft", "--documents", folder / "corpus", "--out", "drafts.jsonl", *options)


def test_questions_are_drafted_from_a_folder_accepted_and_loaded(folder: Path) -> None:
    (folder / "corpus" / "broken.pdf").write_bytes(b"no pdf")
    output = _draft(folder)
    assert "3 drafts, 0 dropped" in output
    assert "Left out: broken.pdf" in output
    drafts = list(DraftFile.open(Path("drafts.jsonl")).drafts.values())
    assert {draft.path for draft in drafts[:2]} == {"leave.md", "policies/travel.md"}
    assert all(draft.evidence in draft.passage for draft in drafts)
    with pytest.raises(VouchError):
        load_evaluation_set(folder)

    choices = "y\nn\ne\nHow much a day?\n64\n"
    output = _done("accept", "drafts.jsonl", "--out", folder, answers=choices)
    assert "2 accepted, 1 rejected, 0 not decided." in output
    questions = load_evaluation_set(folder).questions
    assert [q.id for q in questions] == [drafts[0].id, drafts[2].id]
    assert (questions[1].question, questions[1].answer) == ("How much a day?", "64")
    assert questions[0].gold == (drafts[0].path,)


def test_drafting_again_adds_questions_of_other_passages(folder: Path) -> None:
    assert "2 drafts" in _draft(folder, "--count", "2")
    assert "1 drafts" in _draft(folder, "--count", "2")
    assert len(DraftFile.open(Path("drafts.jsonl")).drafts) == 3
    assert "0 drafts" in _draft(folder)


def test_invented_quotes_are_dropped_and_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_JUDGE__MODEL", "inventing")
    assert "0 drafts, 3 dropped; quote not in the passage: 3" in _draft(folder)


def test_review_that_was_left_goes_on_with_what_is_not_decided(folder: Path) -> None:
    _draft(folder)
    output = _done("accept", "drafts.jsonl", "--out", folder, answers="y\ns\nq\n")
    assert "1 accepted, 0 rejected, 2 not decided." in output
    # A terminal that is closed loses nothing either.
    closed = _eval("accept", "drafts.jsonl", "--out", folder, answers="n\n")
    assert closed.exit_code != 0
    output = _done("accept", "drafts.jsonl", "--out", folder, answers="y\n")
    assert "Draft 1 of 1" in output
    assert "2 accepted, 1 rejected, 0 not decided." in output
    assert len(load_evaluation_set(folder).questions) == 2


def test_scripts_accept_by_id_or_all(folder: Path) -> None:
    _draft(folder)
    first = next(iter(DraftFile.open(Path("drafts.jsonl")).drafts))
    unknown = _eval(
        *("accept", "drafts.jsonl", "--out", folder),
        *("--accept-ids", first, "--accept-ids", "draft-nobody"),
    )
    assert isinstance(unknown.exception, VouchError)
    assert "draft-nobody" in unknown.exception.detail
    assert not (folder / "questions.jsonl").exists()
    _done("accept", "drafts.jsonl", "--out", folder, "--accept-ids", first)
    assert [q.id for q in load_evaluation_set(folder).questions] == [first]
    assert "3 accepted" in _done("accept", "drafts.jsonl", "--out", folder, "--all")
    assert len(load_evaluation_set(folder).questions) == 3


def test_server_is_asked_for_what_the_keys_user_may_read(
    vouch: RunningVouch, folder: Path, chat_server: ChatServer
) -> None:
    secret = folder.parent / "hr"
    secret.mkdir()
    (secret / "salaries.md").write_text("# Salaries\n\nThe bonus of band seven is 9,400 euros.\n")
    vouch.sync(vouch.register(folder / "corpus", name="handbook", acl=["everyone"]))
    vouch.sync(vouch.register(secret, name="hr", acl=["group:hr"]))
    before = len(chat_server.asked())
    command = ["draft", "--server", vouch.url, "--api-key", vouch.admin_key]
    _done(*command, "--about", "leave and salaries", "--out", "drafts.jsonl")
    drafts = DraftFile.open(Path("drafts.jsonl")).drafts.values()
    assert {(draft.source, draft.path) for draft in drafts} == {
        ("handbook", "leave.md"),
        ("handbook", "policies/travel.md"),
    }
    assert "9,400" not in str(chat_server.asked()[before:])


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--documents", ".", "--server", "http://localhost"],
        ["--server", "http://localhost", "--api-key", "k"],
        ["--documents", ".", "--about", "leave"],
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, options: list[str]) -> None:
    result = _eval("draft", "--out", "drafts.jsonl", *options)
    assert result.exit_code == 2
    assert not Path("drafts.jsonl").exists()


def test_folder_without_a_readable_file_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    result = _eval("draft", "--documents", folder / "empty", "--out", "drafts.jsonl")
    assert isinstance(result.exception, VouchError)
    assert "nothing to ask" in result.exception.detail
