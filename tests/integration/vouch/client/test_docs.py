"""What docs/how-to/llamaindex.md shows is run as it stands, over the example company."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.vouch_process import VouchProcess, vouch_process

_REPOSITORY = Path(__file__).parents[4]
_PAGE = (_REPOSITORY / "docs/how-to/llamaindex.md").read_text()
_PROGRAMS = re.findall(r"^```python\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
_ANSWER = (
    "Each full-time employee has 27 days of annual leave per calendar year, on top of public "
    "holidays."
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VouchProcess]:
    with vouch_process(tmp_path_factory.mktemp("example")) as server:
        source = ["--source", "fernhollow", "--owner", "Operations <operations@fernhollow.test>"]
        access = ["--acl", "everyone", "--acl", "hr/**=group:hr"]
        server.command("ingest", _REPOSITORY / "examples/company", *source, *access)
        yield server


def run(program: str, server: VouchProcess) -> str:
    """What it prints."""
    here = program.replace("http://127.0.0.1:8080", server.url)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", here.replace("vouch_…", server.admin_key)],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def program_with(words: str) -> str:
    (found,) = [program for program in _PROGRAMS if words in program]
    return str(found)


def test_retriever(example: VouchProcess) -> None:
    printed = run(program_with("import VouchRetriever"), example)
    assert printed.startswith("handbook/leave.md Leave")
    assert _ANSWER in printed


def test_query_engine_prints_what_the_page_says(example: VouchProcess) -> None:
    printed = run(program_with("QueryEngineTool.from_defaults"), example).splitlines()
    (shown,) = re.findall(r"^```text\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
    lines = [line for line in shown.splitlines() if line != "…"]
    assert [line for line in printed if line in lines] == lines


def test_streaming(example: VouchProcess) -> None:
    printed = run(program_with("asyncio.run"), example)
    assert printed.startswith(f"{_ANSWER} [1]")
    assert printed.count(_ANSWER) == 2
    assert printed.endswith("\nanswered\n")


def test_conversations(example: VouchProcess) -> None:
    understood, *answer = run(program_with("CondenseQuestionChatEngine"), example).splitlines()
    assert "annual leave" in understood
    assert f"{_ANSWER} [1]" in answer


def test_plain_client(example: VouchProcess) -> None:
    printed = run(program_with("client.check"), example).splitlines()
    assert [line.split()[-1].startswith("handbook/") for line in printed[:3]] == [True] * 3
    assert f"{_ANSWER} [1]" in printed
    assert f"supported {_ANSWER}" in printed
    assert printed[-2] in ("contradicted", "unsupported")
    assert printed[-1].startswith("404 ")


def test_every_program_of_the_page_is_run() -> None:
    assert len(_PROGRAMS) == 5
