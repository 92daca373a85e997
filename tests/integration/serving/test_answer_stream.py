"""POST /v1/answer with `stream: true`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx
import pytest

from serving.answer.schemas import AnswerResponse, AnswerStarted, ClaimInfo, SourceUsed
from tests.integration.serving.conftest import Company
from tests.integration.serving.sse import read_events

QUESTION = "How many days of annual leave do full-time employees receive?"


def stream(company: Company, question: str, **body: Any) -> list[tuple[str, Any]]:
    headers = {
        "Authorization": f"Bearer {company.vouch.admin_key}",
        "X-Vouch-User": "ana@acme.test",
    }
    with httpx.stream(
        "POST",
        f"{company.vouch.url}/v1/answer",
        json={"question": question, "stream": True, **body},
        headers=headers,
        timeout=60,
        trust_env=False,
    ) as response:
        assert response.status_code == HTTPStatus.OK
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        return list(read_events(response))


def without_id_and_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("id", "timings_s")}


def test_stream_tells_the_search_then_sources_and_claims_then_the_whole(company: Company) -> None:
    events = stream(company, QUESTION)
    names = [name for name, _ in events]
    assert names[:3] == ["meta", "sources", "claim"]
    assert names[-1] == "done"
    assert set(names[3:-1]) <= {"sources", "claim"}
    AnswerStarted.model_validate(events[0][1], extra="forbid")
    for name, data in events:
        if name == "claim":
            ClaimInfo.model_validate(data, extra="forbid")
        if name == "sources":
            assert [SourceUsed.model_validate(each, extra="forbid") for each in data]


def test_done_is_what_comes_without_a_stream_and_its_parts_are_the_events(company: Company) -> None:
    events = stream(company, QUESTION)
    done = events[-1][1]
    AnswerResponse.model_validate(done, extra="forbid")
    assert done["id"] == events[0][1]["id"]
    assert done["searched"] == events[0][1]["searched"]
    assert done["claims"] == [data for name, data in events if name == "claim"]
    sources = [source for name, data in events if name == "sources" for source in data]
    assert done["sources"] == sources
    body = {"question": QUESTION}
    whole = company.ok("POST", "/v1/answer", user="ana@acme.test", json=body)
    assert without_id_and_times(done) == without_id_and_times(whole)


def test_stream_of_an_abstention_has_no_claim(company: Company) -> None:
    events = stream(company, "Who won the chess championship in 1972?")
    assert [name for name, _ in events] == ["meta", "done"]
    assert events[-1][1]["status"] == "abstained"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": "x" * 5000}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"question": QUESTION, "unsupported": "maybe"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"question": QUESTION, "language": "English"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
def test_what_fails_before_the_stream_is_a_problem_with_its_status(
    company: Company, body: dict[str, Any], status: HTTPStatus
) -> None:
    company.refused(status, "POST", "/v1/answer", json={**body, "stream": True})


def test_stream_needs_a_key(company: Company) -> None:
    body = {"question": QUESTION, "stream": True}
    company.refused(HTTPStatus.UNAUTHORIZED, "POST", "/v1/answer", key="", json=body)
