from __future__ import annotations

import pytest

from ingest.unpacking import registry
from tests.unit.ingest.unpacking.support import UNPACKERS


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """These and no others, whatever is installed."""
    monkeypatch.setattr(registry, "_unpackers", lambda: UNPACKERS)
