"""The git connector passes the kit that every connector must pass, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import HttpFaultProxy
from connectors.conformance.listed import Listed
from connectors.conformance.world import read
from connectors.contract import Connector
from connectors.git.config import GitConfig
from connectors.git.connector import GitConnector
from tests.integration.connectors.git_world import (
    GitServer,
    GitWorld,
    open_context,
    running_server,
)


@pytest.fixture(scope="module")
def server() -> Iterator[GitServer]:
    with running_server() as server:
        yield server


class TestGitConnector(ConnectorConformance):
    faults = frozenset(Fault)
    # A listing is two requests: where the branch is, and what is new on it.
    fault_positions = (0, 1)
    many = 1_000
    world: GitWorld
    proxy: HttpFaultProxy
    cache_dir: Path

    @pytest.fixture(autouse=True)
    def _world(
        self, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[None]:
        monkeypatch.setattr(GitConnector, "documents_per_milestone", 2)
        self.cache_dir = tmp_path / "cache"
        self.world = GitWorld(tmp_path / "repo.git", server)
        with HttpFaultProxy(self.world.url) as self.proxy:
            yield
        self.world.close()

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(GitConfig(url=self.proxy.url), max_file_bytes=max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(GitConfig(url=self.proxy.url, branch="nowhere"))

    def put(self, path: str, content: bytes) -> None:
        self.world.put(path, content)

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.world.stage(f"many/{number % 20}/{number}.txt", str(number).encode())
        self.world.commit()

    def delete(self, path: str) -> None:
        self.world.delete(path)

    def rename(self, old: str, new: str) -> None:
        self.world.rename(old, new)

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)

    def test_document_that_was_deleted_after_the_listing_is_said_to_have_vanished(self) -> None:
        """Not in git: what was listed is a commit, which stays as it was. The next one tells."""
        self.put("a.txt", b"one")
        with self.connected() as connector:
            reference = Listed.of(connector.discover(None)).at("a.txt")
            self.delete("a.txt")
            assert read(connector, reference) == b"one"

    def _open(self, config: GitConfig, *, max_file_bytes: int | None = None) -> Connector:
        context = open_context(self.cache_dir, max_file_bytes=max_file_bytes, timeout_s=0.5)
        return GitConnector.open(config, None, context)
