"""What every test shares."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests import local_models

# The published kit's assertions explain themselves, like any test's.
pytest.register_assert_rewrite("connectors.conformance")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own VOUCH_ variables must not change what the tests see."""
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    local_models.deselect(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    local_models.send_left_out(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Of pytest-xdist: a worker has ended, or was lost and has nothing to say."""
    local_models.receive_left_out(node.config, getattr(node, "workeroutput", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = list(local_models.summary(config))
    if lines:
        terminalreporter.section("real language models")
    for line in lines:
        terminalreporter.write_line(line)
