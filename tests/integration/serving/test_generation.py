"""/v1/generation: a reranker is approved, and serves from the next start on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl
from sqlalchemy import select

from core.catalog.models import AuditEvent
from core.settings import RerankerSettings, ServerSettings, Settings
from tests.integration.conftest import RunningVouch, start_vouch
from tests.integration.retrieval.rerankers.rerank_server import RerankServer, rerank_server
from tests.integration.serving.conftest import LEAVE
from vouch.client import ApiProblem

SEARCH = {"query": "How many days of annual leave?"}


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with rerank_server() as port:
        yield Settings(
            data_dir=tmp_path / "data",
            server=ServerSettings(port=0),
            reranker=RerankerSettings(
                provider="auto",
                url=AnyHttpUrl(RerankServer(port).url("tei", "correct")),
                timeout_s=30,
            ),
        )


def test_approved_reranker_serves_from_the_next_start_until_it_is_none(
    settings: Settings, docs: Path
) -> None:
    (docs / "leave.md").write_text(LEAVE)
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        vouch.sync(vouch.register(docs))
        shown = vouch.admin.get("/v1/generation")
        assert (shown["approved_reranker"], shown["reranker"]) == (None, None)
        assert "all-MiniLM-L6-v2" in shown["embedder"]
        assert "rerank" not in _stages(vouch)
        approved = _approve(vouch, "endpoint/tei", run="run-7")
        assert approved == {**shown, "approved_reranker": "endpoint/tei"}
        assert "rerank" not in _stages(vouch)
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        assert vouch.admin.get("/v1/generation")["reranker"] == "endpoint/tei"
        assert "rerank" in _stages(vouch)
        _approve(vouch, None)
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        assert "rerank" not in _stages(vouch)
        assert _audited(vouch) == [
            {"reranker": "endpoint/tei", "before": None, "run": "run-7"},
            {"reranker": None, "before": "endpoint/tei", "run": None},
        ]


def test_name_of_no_installed_reranker_is_refused(vouch: RunningVouch) -> None:
    for name in ("magic/model", "cross-encoder", ""):
        with pytest.raises(ApiProblem, match="provider/model"):
            _approve(vouch, name)
    assert vouch.admin.get("/v1/generation")["approved_reranker"] is None


def _approve(
    vouch: RunningVouch, reranker: str | None, *, run: str | None = None
) -> dict[str, object]:
    body = {"reranker": reranker, "run": run}
    found: dict[str, object] = vouch.admin.put("/v1/generation/reranker", body)
    return found


def _stages(vouch: RunningVouch) -> set[str]:
    return set(vouch.client_for("ana@acme.test").post("/v1/search", SEARCH)["timings_s"])


def _audited(vouch: RunningVouch) -> list[dict[str, object]]:
    query = select(AuditEvent).where(AuditEvent.action == "reranker_approved")
    with vouch.embedded.services.database.read() as session:
        return [event.details for event in session.scalars(query.order_by(AuditEvent.id))]
