"""One server in a process of its own, for whose answers a scripted model writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.language_models.scripted_model import ScriptedModel, scripted_model
from tests.integration.serving.conftest import LEAVE, SALARIES, TRAVEL
from tests.integration.vouch_process import VouchProcess, vouch_process
from vouch.client import VouchClient, VouchQueryEngine, VouchRetriever

ANA = "ana@acme.test"
HANA = "hana@acme.test"
"""In the group hr, unlike Ana."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handbook:
    """A handbook that all may read, with a folder that only group:hr may."""

    server: VouchProcess
    model: ScriptedModel

    def client(self, user: str = ANA) -> VouchClient:
        return VouchClient(self.server.url, api_key=self.server.admin_key, act_for=user)

    def retriever(self, user: str = ANA, **options: Any) -> VouchRetriever:
        key = self.server.admin_key
        return VouchRetriever(self.server.url, api_key=key, act_for=user, **options)

    def query_engine(self, user: str = ANA, **options: Any) -> VouchQueryEngine:
        key = self.server.admin_key
        return VouchQueryEngine(self.server.url, api_key=key, act_for=user, **options)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handbook]:
    folder: Path = tmp_path_factory.mktemp("handbook")
    docs = folder / "docs"
    (docs / "hr").mkdir(parents=True)
    (docs / "leave.md").write_text(LEAVE)
    (docs / "travel.md").write_text(TRAVEL)
    (docs / "hr" / "salaries.md").write_text(SALARIES)
    with scripted_model() as model:
        tier = {
            "MODELS__LARGE__URL": model.url,
            "MODELS__LARGE__MODEL": "honest",
            "MODELS__LARGE__STYLE": "markers",
            "MODELS__LARGE__RETRIES": "0",
            "MODELS__LARGE__TIMEOUT_S": "30",
            # What a script does costs no other test its model.
            "MODELS__FAILURES_TO_OPEN": "1000",
        }
        with vouch_process(folder / "data", **tier) as server:
            source = ["--source", "handbook", "--owner", "Docs team <docs@acme.test>"]
            access = ["--acl", "everyone", "--acl", "hr/**=group:hr"]
            server.command("ingest", docs, *source, *access)
            server.command("groups", "set", "hr", HANA)
            yield Handbook(server=server, model=model)


@pytest.fixture
def handbook(served: Handbook) -> Handbook:
    """Its model is honest until a test says otherwise."""
    served.model.behave(None)
    return served
