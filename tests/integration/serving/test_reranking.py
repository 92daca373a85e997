"""Searches and answers through a reranker that is a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import AnyHttpUrl

from core.settings import RerankerSettings, ServerSettings, Settings
from tests.integration.conftest import RunningVouch, start_vouch
from tests.integration.retrieval.rerankers.rerank_server import RerankServer, rerank_server
from tests.integration.serving.conftest import LEAVE, SALARIES, SECRET_WORDS, TRAVEL

ANA = "ana@acme.test"
# The server counts the question's words against the length of a passage: short ones win.
QUESTION = "How many days of annual leave do full-time employees receive?"


@dataclass(frozen=True, slots=True)
class Reranked:
    """A running Vouch, and the server that reranks for it."""

    vouch: RunningVouch
    server: RerankServer

    def search(self, query: str, *, user: str = ANA, **body: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.vouch.client_for(user).post(
            "/v1/search", {"query": query, "top_k": 3, **body}
        )
        return found


@pytest.fixture(scope="module")
def reranked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reranked]:
    folder = tmp_path_factory.mktemp("reranked")
    (folder / "docs" / "hr").mkdir(parents=True)
    (folder / "docs" / "leave.md").write_text(LEAVE)
    (folder / "docs" / "travel.md").write_text(TRAVEL)
    (folder / "docs" / "hr" / "salaries.md").write_text(SALARIES)
    (folder / "docs" / "notes.md").write_text("# Notes\n\nAnnual leave days.\n")
    with ExitStack() as stack:
        server = RerankServer(stack.enter_context(rerank_server()))
        settings = Settings(
            data_dir=folder / "data",
            server=ServerSettings(port=0),
            reranker=RerankerSettings(
                provider="endpoint",
                url=AnyHttpUrl(server.url("tei", "moody")),
                timeout_s=30,
                failures_to_open=1000,
            ),
        )
        vouch = start_vouch(settings, stack)
        rule = {"glob": "hr/**", "allow": ["group:hr"]}
        vouch.sync(vouch.register(folder / "docs", access_rules=[rule]))
        yield Reranked(vouch, server)


def test_rerankers_order_is_served_and_explained(reranked: Reranked) -> None:
    response = reranked.search(QUESTION, explain=True)
    hits = response["hits"]
    assert response["degraded"] == []
    assert response["timings_s"].keys() == {"embed", "retrieve", "rerank"}
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    for rank, hit in enumerate(hits, start=1):
        assert hit["explain"]["rerank"] == {"rank": rank, "score": hit["score"]}
        assert hit["explain"].keys() >= {"dense", "fusion", "rerank"}
    assert [hit["explain"]["fusion"]["rank"] for hit in hits] != [1, 2, 3]


def test_candidates_go_in_and_top_k_come_out(reranked: Reranked) -> None:
    found = reranked.search("one question of its own", top_k=1)
    (asked,) = _asked(reranked, "one question of its own")
    assert len(found["hits"]) == 1
    assert len(asked["body"]["texts"]) == 3, "all that Ana may read"


def test_reranker_that_is_down_costs_the_order_and_says_so(reranked: Reranked) -> None:
    question = f"{QUESTION} unlucky"
    response = reranked.search(question, explain=True)
    assert response["degraded"] == ["rerank"]
    assert [hit["passage"]["text"] for hit in response["hits"]]
    assert "rerank" not in response["hits"][0]["explain"]
    assert reranked.search(QUESTION)["degraded"] == []


def test_answer_says_what_its_search_went_without(reranked: Reranked) -> None:
    client = reranked.vouch.client_for(ANA)
    whole = client.post("/v1/answer", {"question": QUESTION})
    degraded = client.post("/v1/answer", {"question": f"{QUESTION} unlucky"})
    assert whole["status"] == degraded["status"] == "answered"
    assert "27 days" in degraded["answer"]
    assert whole["degraded"] == []
    assert degraded["degraded"] == ["rerank"]
    assert "rerank" in whole["timings_s"]


def test_reranker_is_sent_nothing_that_the_caller_may_not_read(reranked: Reranked) -> None:
    question = "What is the zanzibar bonus in the salary bands?"
    response = reranked.search(question, top_k=200)
    (asked,) = _asked(reranked, question)
    texts = asked["body"]["texts"]
    assert len(texts) == len(response["hits"])
    assert not any(word in text for word in SECRET_WORDS for text in texts)


def test_failures_are_counted_without_a_word_of_what_was_asked(reranked: Reranked) -> None:
    reranked.search("unlucky zebra")
    metrics = httpx.get(f"{reranked.vouch.url}/metrics", trust_env=False).text
    assert 'vouch_reranker_failures_total{reason="unavailable"}' in metrics
    assert 'vouch_search_duration_seconds_count{stage="rerank"}' in metrics
    assert "zebra" not in metrics


def test_settings_without_a_reranker_leave_no_trace_of_one(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "leave.md").write_text(LEAVE)
    with ExitStack() as stack:
        settings = Settings(data_dir=tmp_path / "data", server=ServerSettings(port=0))
        vouch = start_vouch(settings, stack)
        vouch.sync(vouch.register(docs))
        client = vouch.client_for(ANA)
        response = client.post("/v1/search", {"query": QUESTION, "explain": True})
    assert response["degraded"] == []
    assert "rerank" not in response["timings_s"]
    assert response["hits"][0]["explain"].keys().isdisjoint({"fusion", "rerank"})


def _asked(reranked: Reranked, question: str) -> list[dict[str, Any]]:
    return [asked for asked in reranked.server.asked() if asked["body"]["query"] == question]
