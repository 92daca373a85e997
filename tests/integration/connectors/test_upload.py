"""The upload connector keeps the contract over a real store."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.context import ConnectorContext
from connectors.contract import Connector
from connectors.upload.config import UploadConfig
from connectors.upload.connector import UploadConnector
from core.uploads import UploadStore


class TestUploadConnector(ConnectorConformance):
    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path) -> None:
        self.store = UploadStore(tmp_path / "uploads")
        self.cache_dir = tmp_path / "cache"
        self.acls: dict[str, tuple[str, ...]] = {}

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(self.store, max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(None, None)

    def put(self, path: str, content: bytes) -> None:
        self.store.put(
            "s", path, io.BytesIO(content), path=path, mime=None, acl=self.acls.get(path)
        )

    def delete(self, path: str) -> None:
        self.store.remove("s", path)

    def rename(self, old: str, new: str) -> None:
        content = self._content(old)
        self.delete(old)
        self.put(new, content)

    def grant(self, path: str, token: str) -> None:
        self.acls[path] = (*self.acls.get(path, ()), token)
        self.put(path, self._content(path))

    def revoke(self, path: str, token: str) -> None:
        self.acls[path] = tuple(held for held in self.acls[path] if held != token)
        self.put(path, self._content(path))

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.put(f"{number}.txt", b"x")

    def _content(self, path: str) -> bytes:
        with self.store.open("s", path) as file:
            return file.read()

    def _open(self, store: UploadStore | None, max_file_bytes: int | None) -> Connector:
        limit = {} if max_file_bytes is None else {"max_file_bytes": max_file_bytes}
        context = ConnectorContext(source_id="s", cache_dir=self.cache_dir, uploads=store, **limit)
        return UploadConnector.open(UploadConfig(), None, context)
