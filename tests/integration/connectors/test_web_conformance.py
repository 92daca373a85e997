"""The web connector passes the kit, by links and by a sitemap, on a real site with bad days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import HttpFaultProxy, Reply
from connectors.contract import Connector
from connectors.http import retries
from connectors.web.config import WebConfig
from connectors.web.connector import WebConnector
from tests.integration.connectors.http_server import context
from tests.integration.connectors.web_site import FolderSite, WebServer, running_web_server

_TYPES = ("text/html", "text/plain", "application/octet-stream")
# How long a pause may be is tested elsewhere.
_REPLIES = {Fault.RATE_LIMITED_WITH_RETRY_AFTER: Reply(429, {"Retry-After": "0"})}


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with running_web_server() as server:
        yield server


class WebConformance(ConnectorConformance):
    # There are no credentials that could expire; a page that asks for some has its own test.
    faults: ClassVar[frozenset[Fault]] = frozenset(Fault) - {Fault.CREDENTIALS_EXPIRED}

    site: FolderSite
    proxy: HttpFaultProxy
    url: str
    cache_dir: Path

    @pytest.fixture(autouse=True)
    def _world(
        self, server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[None]:
        monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
        monkeypatch.setattr(WebConnector, "milestone_every", 2)
        self.cache_dir = tmp_path / "cache"
        self.site = server.new_site(tmp_path / "site")
        with HttpFaultProxy(self.site.url, keep_host=True, replies=_REPLIES) as self.proxy:
            self.url = self.proxy.url
            yield
        self.site.remove()

    def config(self, url: str) -> WebConfig:
        raise NotImplementedError

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(self.url, max_file_bytes=max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(f"{self.proxy.url}missing/")

    def put(self, path: str, content: bytes) -> None:
        self.site.put(path, content)

    def delete(self, path: str) -> None:
        self.site.delete(path)

    def rename(self, old: str, new: str) -> None:
        self.site.rename(old, new)

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)

    def _open(self, url: str, *, max_file_bytes: int | None = None) -> Connector:
        return WebConnector.open(
            self.config(url),
            None,
            context(self.cache_dir, timeout_s=0.3, max_file_bytes=max_file_bytes),
        )


class TestCrawledSite(WebConformance):
    many: ClassVar[int] = 320

    def config(self, url: str) -> WebConfig:
        return WebConfig(start_urls=(url,), mime_types=_TYPES)

    def put_many(self, count: int) -> None:
        # Tracing the proxy's memory too would double the time.
        self.url = self.site.url
        for number in range(count):
            self.put(f"many/{number % 20}/{number}.txt", b"many")


class TestSiteWithASitemap(WebConformance):
    fault_positions: ClassVar[tuple[int, ...]] = (1, 3)  # The first is for robots.txt again.

    def config(self, url: str) -> WebConfig:
        return WebConfig(sitemaps=(f"{url}sitemap.xml",), mime_types=_TYPES)
