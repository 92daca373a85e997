"""The filesystem connector passes the kit that every connector must pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.contract import Connector
from connectors.filesystem.config import ACCESS_FILE, FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector
from tests.unit.connectors.folders import LIMIT_BYTES, open_folder


class FolderWorld(ConnectorConformance):
    root: Path

    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = tmp_path / "root"
        self.root.mkdir()
        monkeypatch.setattr(FilesystemConnector, "milestone_every", 3)

    def config(self) -> FilesystemConfig:
        return FilesystemConfig(root=self.root)

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        limit = LIMIT_BYTES if max_file_bytes is None else max_file_bytes
        return open_folder(self.config(), max_file_bytes=limit)

    def make_misconfigured_connector(self) -> Connector:
        return open_folder(FilesystemConfig(root=self.root / "missing"))

    def put(self, path: str, content: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.put(f"many-{number % 7}/document-number-{number}.txt", b"x")

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def rename(self, old: str, new: str) -> None:
        (self.root / old).rename(self.root / new)


class TestFilesystemConnector(FolderWorld):
    """As it is by default."""


class TestFilesystemConnectorThatComparesContent(FolderWorld):
    many = 500

    def config(self) -> FilesystemConfig:
        return FilesystemConfig(root=self.root, compare="content")


class TestFilesystemConnectorWithAccessFiles(FolderWorld):
    many = 500

    def config(self) -> FilesystemConfig:
        return FilesystemConfig(root=self.root, access="sidecar")

    def grant(self, path: str, token: str) -> None:
        self._set(path, [*self._tokens(path), token])

    def revoke(self, path: str, token: str) -> None:
        self._set(path, [other for other in self._tokens(path) if other != token])

    def _tokens(self, path: str) -> list[str]:
        try:
            stored = json.loads((self.root / ACCESS_FILE).read_text())
        except FileNotFoundError:
            return []
        return list(stored.get(path, []))

    def _set(self, path: str, tokens: list[str]) -> None:
        # JSON is YAML.
        (self.root / ACCESS_FILE).write_text(json.dumps({path: tokens}))


class TestFilesystemConnectorWithPermissionBits(FolderWorld):
    access_tokens = ("user:root", "group:root")
    many = 500

    @pytest.fixture(autouse=True)
    def _needs_root(self, _world: None) -> None:
        self.root.chmod(0o755)
        if self.root.owner() != "root" or self.root.group() != "root":
            pytest.skip("these name the owner of the files, who is root here")

    def config(self) -> FilesystemConfig:
        return FilesystemConfig(root=self.root, access="posix")

    def put(self, path: str, content: bytes) -> None:
        is_new = not (self.root / path).exists()
        super().put(path, content)
        if is_new:
            (self.root / path).chmod(0o200)

    def grant(self, path: str, token: str) -> None:
        target = self.root / path
        target.chmod(target.stat().st_mode | self._bit(token))

    def revoke(self, path: str, token: str) -> None:
        target = self.root / path
        target.chmod(target.stat().st_mode & ~self._bit(token))

    def _bit(self, token: str) -> int:
        return 0o400 if token.startswith("user:") else 0o040
