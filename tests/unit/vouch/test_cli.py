"""The command line's manners."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import vouch.cli
from core.catalog.models import FeedbackReason
from core.errors import ConfigurationError
from vouch.commands.feedback import give

_REPOSITORY = Path(__file__).parents[3]
_HEAVY = "torch sentence_transformers transformers fastapi sqlalchemy celery qdrant_edge mcp"

_HELP = f"""
import sys
sys.argv = ["vouch", "--help"]
from vouch.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
loaded = set({_HEAVY.split()!r}) & set(sys.modules)
assert not loaded, loaded
"""


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    result = subprocess.run(
        [sys.executable, "-c", _HELP],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    for command in (
        "up",
        "ingest",
        "search",
        "ask",
        "eval",
        "sources",
        "assistants",
        "mcp",
        "keys",
        "groups",
        "generation",
    ):
        assert f"\n  {command} " in result.stdout


@pytest.mark.parametrize("command", sorted(vouch.cli.cli.commands))
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(vouch.cli.cli, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_expected_error_is_its_detail_and_its_cause_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ConfigurationError("Set the key.", operator_detail="file missing")

    monkeypatch.setattr(vouch.cli, "cli", fail)
    with pytest.raises(SystemExit) as ended:
        vouch.cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: Set the key.\nCause: file missing\n"


def test_misspelt_setting_stops_a_command_before_it_starts_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOUCH_SERACH__TOP_K", "5")
    result = CliRunner().invoke(vouch.cli.cli, ["search", "leave"])
    assert isinstance(result.exception, ConfigurationError)
    assert "VOUCH_SERACH__TOP_K" in result.exception.detail
    assert list(tmp_path.iterdir()) == []


def test_url_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_URL", "http://vouch.test")
    result = CliRunner().invoke(vouch.cli.cli, ["sources"])
    assert isinstance(result.exception, ConfigurationError)
    assert "VOUCH_API_KEY" in result.exception.detail


def test_ingest_of_a_folder_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(vouch.cli.cli, ["ingest", str(tmp_path / "missing")])
    assert result.exit_code == 2
    assert "does not exist" in result.output


@pytest.mark.parametrize("arguments", [[], ["cross-encoder/m", "--none"]])
def test_approving_says_which_reranker_or_none_and_not_both(arguments: list[str]) -> None:
    command = ["generation", "approve-reranker", *arguments]
    result = CliRunner().invoke(vouch.cli.cli, command)
    assert result.exit_code == 2
    assert "--none" in result.output


def test_reasons_for_feedback_are_those_that_the_server_takes() -> None:
    options = {option.name: option.type for option in give.params}
    reasons = options["reason"]
    assert isinstance(reasons, click.Choice)
    assert list(reasons.choices) == [reason.value for reason in FeedbackReason]
