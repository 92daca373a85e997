"""What every test shares."""

from __future__ import annotations

import os

import pytest

# The published kit's assertions explain themselves, like any test's.
pytest.register_assert_rewrite("connectors.conformance")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own VOUCH_ variables must not change what the tests see."""
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)
