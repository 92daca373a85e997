"""The scripted source keeps the contract, or what it shows of the engine would mean little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.context import ConnectorContext
from connectors.contract import Connector
from tests.integration.ingest.scripted import (
    ScriptedConfig,
    ScriptedConnector,
    World,
)


class TestScriptedConnector(ConnectorConformance):
    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path, world: World) -> None:
        self.world = world
        self.world.milestone_every = 2
        self.cache_dir = tmp_path

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open("main", max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open("no such world", None)

    def put(self, path: str, content: bytes) -> None:
        self.world.put(path, content)

    def delete(self, path: str) -> None:
        self.world.delete(path)

    def rename(self, old: str, new: str) -> None:
        content = self.world.documents[old]
        self.world.delete(old)
        self.world.put(new, content)

    def grant(self, path: str, token: str) -> None:
        self.world.acls[path] = (*(self.world.acls.get(path) or ()), token)
        self.world.log.append(path)

    def revoke(self, path: str, token: str) -> None:
        self.world.acls[path] = tuple(
            held for held in self.world.acls.get(path) or () if held != token
        )
        self.world.log.append(path)

    def _open(self, world: str, max_file_bytes: int | None) -> Connector:
        context = ConnectorContext(source_id="s", cache_dir=self.cache_dir)
        if max_file_bytes is not None:
            context = replace(context, max_file_bytes=max_file_bytes)
        return ScriptedConnector.open(ScriptedConfig(world=world), None, context)
