"""Tests with a real model are run when asked for, and it is said when they are not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_TEST = "tests/integration/local_model/test_protocol.py"


def _collected(*arguments: str, **environment: str) -> str:
    """What pytest says that it would run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TEST_GGUF")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", _TEST, *arguments],
        cwd=_ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_they_are_left_out_unless_asked_for_and_that_is_said() -> None:
    said = _collected(TEST_GGUF_LIAR="x.gguf", TEST_GGUF_LIAR_SHA256="0" * 64)
    assert "no tests collected" in said
    assert re.search(r"\d+ tests that ask a real language model \(the liar one\) were not", said)
    assert "-m local_llm, with TEST_GGUF_LIAR and TEST_GGUF_LIAR_SHA256 set" in said


def test_only_those_are_run_whose_model_is_there_and_the_rest_is_named() -> None:
    said = _collected("-m", "local_llm", TEST_GGUF_LIAR="x.gguf", TEST_GGUF_LIAR_SHA256="0" * 64)
    assert "[liar" in said
    assert "[decent" not in said
    assert "(the liar one)" not in said
    assert "(the decent one) were not run" in said


def test_workers_of_xdist_say_so_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", _TEST],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "(the liar one) were not run" in done.stdout, done.stdout + done.stderr
