"""The filesystem connector passes the kit that every connector must pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.contract import Connector
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector


class TestFilesystemConnector(ConnectorConformance):
    root: Path

    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path) -> None:
        self.root = tmp_path / "root"
        self.root.mkdir()

    def make_connector(self) -> Connector:
        return FilesystemConnector(FilesystemConfig(root=self.root))

    def make_misconfigured_connector(self) -> Connector:
        return FilesystemConnector(FilesystemConfig(root=self.root / "missing"))

    def put(self, path: str, content: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def rename(self, old: str, new: str) -> None:
        (self.root / old).rename(self.root / new)
