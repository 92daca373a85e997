"""One running server for all tests of the API: they add what they need and remove nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.settings import ServerSettings, Settings
from tests.integration.conftest import RunningVouch, start_vouch

LEAVE = """# Leave policy

## Annual leave

Full-time employees receive 27 days of paid annual leave. Part-time employees receive a share of \
it that matches their hours.

## Parental leave

Parents take up to 18 weeks of paid parental leave in the child's first year.
"""
TRAVEL = """# Travel policy

Book trains in second class unless the journey takes over five hours. Hotels cost at most 140 \
euros a night.
"""
# Words that no other document has: where one of them shows up, the document has leaked.
SALARIES = """# Salary bands

The zanzibar bonus for engineers in band seven is 9,400 euros a year.
"""
# Made once: reading the authorities' certificates takes a tenth of a second.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SECRET_WORDS = ("zanzibar", "9,400", "salaries", "Salary bands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A server with a handbook that all may read and an HR folder that group:hr may."""

    vouch: RunningVouch
    handbook_id: str

    def key(self, role: str, user: str, **options: Any) -> str:
        """A new API key."""
        body = {"name": f"{role} of {user}", "role": role, "user": user, **options}
        return str(self.vouch.admin.post("/v1/keys", body)["key"])

    def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        user: str | None = None,
        json: Any = None,
        **options: Any,
    ) -> httpx.Response:
        """One request as it goes over the wire; `key` is the admin's unless "" leaves it out."""
        headers = dict(options.pop("headers", {}))
        if key != "":
            headers["Authorization"] = f"Bearer {key or self.vouch.admin_key}"
        if user is not None:
            headers["X-Vouch-User"] = user
        with self._client() as client:
            return client.request(method, path, headers=headers, json=json, **options)

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.vouch.url, trust_env=False, timeout=60, verify=_NO_TLS)

    def ok(self, method: str, path: str, **options: Any) -> Any:
        """The body of a request that must succeed."""
        response = self.call(method, path, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def refused(self, status: HTTPStatus, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The problem of a request that must be refused in this way."""
        response = self.call(method, path, **options)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = response.json()
        assert problem["status"] == status
        assert problem["instance"] == path.partition("?")[0]
        assert problem["request_id"] == response.headers["x-request-id"]
        return problem

    def document_id(self, path: str) -> str:
        """The id of a document of the handbook, as those who may read all of it see it."""
        hits = self.ok(
            "POST", "/v1/search", user="hana@acme.test", json={"query": path, "top_k": 100}
        )["hits"]
        return next(str(hit["document"]["id"]) for hit in hits if hit["document"]["path"] == path)


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder: Path = tmp_path_factory.mktemp("company")
    docs = folder / "handbook"
    (docs / "hr").mkdir(parents=True)
    (docs / "leave.md").write_text(LEAVE)
    (docs / "travel.md").write_text(TRAVEL)
    (docs / "hr" / "salaries.md").write_text(SALARIES)
    (docs / "broken.json").write_text("{")
    settings = Settings(
        data_dir=folder / "data",
        server=ServerSettings(port=0, mcp_origins=("app://obsidian.md",)),
    )
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        vouch.admin.put("/v1/groups/hr", {"users": ["hana@acme.test"]})
        source_id = vouch.register(
            docs, name="handbook", access_rules=[{"glob": "hr/**", "allow": ["group:hr"]}]
        )
        run = vouch.sync(source_id)
        assert (run["state"], run["added"], run["failed"]) == ("succeeded", 3, 1)
        yield Company(vouch=vouch, handbook_id=source_id)
