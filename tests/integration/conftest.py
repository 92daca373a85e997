"""The whole of Vouch in the test's own process: real catalog, index, model, queue and HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.settings import ServerSettings, Settings
from vouch.client import VouchClient
from vouch.embedded import Embedded
from vouch.server import ADMIN_KEY_FILE, background_server, ensure_admin_key

_UNFINISHED = ("queued", "listing", "processing")
_SYNC_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningVouch:
    """A server with an admin's client, and shorthands for what most tests do."""

    url: str
    admin_key: str
    admin: VouchClient
    embedded: Embedded
    client_for: Callable[[str], VouchClient]

    def register(
        self,
        root: Path,
        *,
        name: str = "docs",
        acl: Sequence[str] = ("everyone",),
        access_rules: Sequence[dict[str, Any]] = (),
    ) -> str:
        """Register a folder; returns the source's id."""
        source = self.admin.post(
            "/v1/sources",
            {
                "name": name,
                "kind": "filesystem",
                "config": {"root": str(root), "access_rules": list(access_rules)},
                "acl": list(acl),
                "owner": {"name": "Docs team", "contact": "docs@acme.test"},
            },
        )
        return str(source["id"])

    def sync(self, source_id: str, **options: bool | str) -> dict[str, Any]:
        """Sync the source and wait; returns the ended run."""
        run = self.admin.post(f"/v1/sources/{source_id}/sync", dict(options))
        return self.wait(source_id, run["id"])

    def wait(self, source_id: str, run_id: str) -> dict[str, Any]:
        """The run once it has ended."""
        deadline = time.monotonic() + _SYNC_TIMEOUT_S
        while time.monotonic() < deadline:
            run: dict[str, Any] = self.admin.get(f"/v1/sources/{source_id}/runs/{run_id}")
            if run["state"] not in _UNFINISHED:
                return run
            time.sleep(0.02)
        raise AssertionError(f"run {run_id} has not ended after {_SYNC_TIMEOUT_S} s")

    def failures(self, source_id: str) -> dict[str, dict[str, Any]]:
        """Failed documents by path."""
        page = self.admin.get(f"/v1/sources/{source_id}/failures", limit=1000)
        return {failure["path"]: failure for failure in page["failures"]}

    def found_paths(self, query: str, *, user: str = "ana@acme.test", top_k: int = 50) -> list[str]:
        """Paths of the documents that this user finds, best first, each once."""
        response = self.client_for(user).post("/v1/search", {"query": query, "top_k": top_k})
        return list(dict.fromkeys(hit["document"]["path"] for hit in response["hits"]))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", server=ServerSettings(port=0))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """An empty folder to ingest."""
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def vouch(settings: Settings) -> Iterator[RunningVouch]:
    with ExitStack() as stack:
        yield start_vouch(settings, stack)


def start_vouch(settings: Settings, stack: ExitStack) -> RunningVouch:
    """Open everything on the settings' data folder; closed with the stack."""
    embedded = stack.enter_context(Embedded(settings))
    ensure_admin_key(embedded.services.identity, settings.data_dir)
    key = (settings.data_dir / ADMIN_KEY_FILE).read_text()
    url = stack.enter_context(background_server(embedded.services, host="127.0.0.1", port=0))

    def client_for(user: str | None) -> VouchClient:
        client = VouchClient(url, api_key=key, act_for=user)
        stack.callback(client.close)
        return client

    return RunningVouch(
        url=url,
        admin_key=key,
        admin=client_for(None),
        embedded=embedded,
        client_for=client_for,
    )
