"""Tests that ask a real language model: run only when asked for, and never left out in silence.

Such a test bears the marker `local_llm("liar")` or `local_llm("decent")`, the model that it needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

MARKER = "local_llm"
KINDS = ("liar", "decent")
_GUIDE = "docs/how-to/language-models.md"
_LEFT_OUT = pytest.StashKey[dict[str, int]]()
_OVER_THE_WIRE = "local_llm_left_out"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file and the SHA-256 that it has to have, in hexadecimal."""

    path: Path
    sha256: str


def variables(kind: str) -> tuple[str, str]:
    """The environment variables that name the model's file and its SHA-256. They do not begin with
    VOUCH_: those are settings, and Vouch does not start with one that it does not know.
    """
    return f"TEST_GGUF_{kind.upper()}", f"TEST_GGUF_{kind.upper()}_SHA256"


def find_model_file(kind: str) -> ModelFile | None:
    """The `liar`, or the `decent` one; None where the environment does not name both."""
    path, sha256 = (os.environ.get(name) for name in variables(kind))
    return ModelFile(Path(path), sha256) if path and sha256 else None


def deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of `items` those that were not asked for, or whose model is not there."""
    is_asked = MARKER in str(config.getoption("markexpr"))
    left_out: dict[str, int] = {}
    kept: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        lacking = [kind for kind in _kinds(item) if not is_asked or find_model_file(kind) is None]
        (deselected if lacking else kept).append(item)
        for kind in lacking:
            left_out[kind] = left_out.get(kind, 0) + 1
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = kept
    config.stash[_LEFT_OUT] = left_out


def send_left_out(config: pytest.Config) -> None:
    """From a worker of pytest-xdist to the process that writes the summary."""
    output: dict[str, object] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_OVER_THE_WIRE] = config.stash.get(_LEFT_OUT, {})


def receive_left_out(config: pytest.Config, output: dict[str, dict[str, int]]) -> None:
    """Every worker collects all tests."""
    config.stash[_LEFT_OUT] = output.get(_OVER_THE_WIRE, {})


def summary(config: pytest.Config) -> Iterator[str]:
    """What to say of the tests that were left out."""
    for kind, count in sorted(config.stash.get(_LEFT_OUT, {}).items()):
        yield (
            f"{count} tests that ask a real language model (the {kind} one) were not run. To run "
            f"them: -m {MARKER}, with {_words(variables(kind))} set; see {_GUIDE}"
        )


def _kinds(item: pytest.Item) -> list[str]:
    return [str(kind) for marker in item.iter_markers(MARKER) for kind in marker.args]


def _words(names: Sequence[str]) -> str:
    return " and ".join(names)
