"""The WebDAV connector passes the kit, against a real server that has bad days."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import HttpFaultProxy
from connectors.contract import Connector
from connectors.http import retries
from connectors.webdav.config import WebdavConfig
from connectors.webdav.connector import WebdavConnector
from tests.integration.connectors.webdav_server import (
    CREDENTIALS,
    Collection,
    WebdavServer,
    context,
    running_server,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebdavServer]:
    with running_server(tmp_path_factory.mktemp("webdav")) as server:
        yield server


class TestWebdavConnector(ConnectorConformance):
    faults: ClassVar[frozenset[Fault]] = frozenset(Fault)
    many: ClassVar[int] = 1_000

    collection: Collection
    proxy: HttpFaultProxy
    cache_dir: Path

    @pytest.fixture(autouse=True)
    def _world(
        self, server: WebdavServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[None]:
        monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
        self.cache_dir = tmp_path
        self.collection = server.new_collection(f"größe {uuid.uuid4().hex}")
        with HttpFaultProxy(self.collection.url) as self.proxy:
            yield
        self.collection.remove()

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(self.proxy.url, max_file_bytes=max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(f"{self.proxy.url}missing/")

    def put(self, path: str, content: bytes) -> None:
        self.collection.put(path, content)

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.put(f"many/{number % 20}/{number}.txt", b"many")

    def delete(self, path: str) -> None:
        self.collection.delete(path)

    def rename(self, old: str, new: str) -> None:
        self.collection.rename(old, new)

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)

    def _open(self, url: str, *, max_file_bytes: int | None = None) -> Connector:
        return WebdavConnector.open(
            WebdavConfig(url=url, allow_http=True),
            CREDENTIALS,
            context(self.cache_dir, timeout_s=0.5, max_file_bytes=max_file_bytes),
        )
