"""What every test shares."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own VOUCH_ variables must not change what the tests see."""
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)
