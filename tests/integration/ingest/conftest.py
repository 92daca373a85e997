"""The scripted kind of source, registered as a third party's package would register it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from tests.integration.conftest import RunningVouch
from tests.integration.ingest.scripted import WORLDS, World

_ENTRY = EntryPoint(
    "scripted", "tests.integration.ingest.scripted:ScriptedConnector", "vouch.connectors"
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world `main`, and the kind `scripted` to read it with."""

    def with_scripted(**selection: Any) -> tuple[EntryPoint, ...]:
        is_wanted = selection.get("name") in (None, "scripted")
        return (*entry_points(**selection), *([_ENTRY] if is_wanted else []))

    monkeypatch.setattr("connectors.registry.entry_points", with_scripted)
    WORLDS["main"] = World()
    yield WORLDS["main"]
    WORLDS.clear()


@pytest.fixture
def source(vouch: RunningVouch, world: World) -> str:
    """A source over the world that everyone may read; its id."""
    return register(vouch)


def register(vouch: RunningVouch, **fields: Any) -> str:
    """Register a source over the world `main`; returns its id."""
    source = {
        "name": "scripted",
        "kind": "scripted",
        "config": {"world": "main"},
        "acl": ["everyone"],
        "owner": {"name": "Docs team", "contact": "docs@acme.test"},
    }
    return str(vouch.admin.post("/v1/sources", source | fields)["id"])
