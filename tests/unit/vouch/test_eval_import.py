"""`vouch eval import`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import vouch.cli
from core.errors import ConfigurationError
from evaluation.sets import load_evaluation_set


def _beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "title": "T", "text": "Text."}\n')
    (folder / "queries.jsonl").write_text(
        '{"_id": "q", "text": "Which?"}\n{"_id": "r", "text": "None?"}\n'
    )
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    return folder


def test_import_says_what_came_in_and_what_did_not(tmp_path: Path) -> None:
    target = tmp_path / "new" / "set"
    result = CliRunner().invoke(
        vouch.cli.cli, ["eval", "import", "beir", str(_beir(tmp_path / "b")), "--out", str(target)]
    )
    assert result.exit_code == 0, result.output
    assert result.output == (
        f"{target}: 1 questions (0 unanswerable), 1 documents\n"
        "Left out: 1 × question that the split does not name\n"
    )
    assert load_evaluation_set(target).questions[0].gold == ("d.html",)


def test_unknown_format_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    arguments = ["eval", "import", "magic", str(tmp_path), "--out", str(tmp_path / "set")]
    with pytest.raises(ConfigurationError, match="Installed: beir, mtrag, ragas"):
        CliRunner().invoke(vouch.cli.cli, arguments, catch_exceptions=False)
    assert not (tmp_path / "set").exists()
