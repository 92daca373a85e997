"""POST /v1/answer."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from serving.answer.schemas import AnswerResponse
from tests.integration.serving.conftest import Company

QUESTIONS = (
    "How many days of annual leave do full-time employees receive?",
    "How long is parental leave?",
    "What may a hotel cost a night?",
)


def ask(company: Company, question: str, **body: Any) -> dict[str, Any]:
    response: dict[str, Any] = company.ok(
        "POST", "/v1/answer", user="ana@acme.test", json={"question": question, **body}
    )
    AnswerResponse.model_validate(response, extra="forbid")
    return response


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_claim_is_supported_and_its_quote_stands_in_the_document_at_its_offsets(
    company: Company, question: str
) -> None:
    response = ask(company, question)
    assert response["status"] == "answered"
    assert response["claims"]
    for claim in response["claims"]:
        assert claim["verdict"] == "supported"
        assert {check["verdict"] for check in claim["checks"]} == {"supported"}
        assert claim["citations"]
        for citation in claim["citations"]:
            document = company.ok(
                "GET", f"/v1/documents/{citation['document_id']}", user="ana@acme.test"
            )
            quoted = document["text"][citation["start"] : citation["end"]]
            assert quoted == citation["quote"]


def test_answer_holds_the_fact_and_marks_its_source(company: Company) -> None:
    response = ask(company, QUESTIONS[0])
    assert "27 days" in response["answer"]
    assert "[1]" in response["answer"]
    first = response["sources"][0]
    assert first["marker"] == 1
    assert first["document"]["path"] == "leave.md"
    assert response["claims"][0]["citations"][0]["heading_path"][0] == "Leave policy"
    assert response["usage"] == {
        "model": "extractive",
        "prompt": None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
    }
    assert response["degraded"] == []
    assert 0.5 <= response["confidence"] <= 1
    assert set(response["timings_s"]) == {"embed", "retrieve", "merge", "draft", "check"}


def test_markers_in_the_text_are_exactly_the_sources(company: Company) -> None:
    response = ask(company, "What do leave policy and travel policy say?")
    cited = {c["marker"] for claim in response["claims"] for c in claim["citations"]}
    assert cited == {source["marker"] for source in response["sources"]}
    assert all(f"[{marker}]" in response["answer"] for marker in cited)


def test_same_question_gets_the_same_answer(company: Company) -> None:
    first, second = ask(company, QUESTIONS[1]), ask(company, QUESTIONS[1])
    assert first["id"] != second["id"]
    assert first["claims"] == second["claims"]
    assert first["answer"] == second["answer"]


@pytest.mark.parametrize(
    "question", ["Who won the chess championship in 1972?", "Is there a gym?", "???"]
)
def test_question_that_nothing_answers_is_declined_with_what_was_searched(
    company: Company, question: str
) -> None:
    response = ask(company, question)
    assert response["status"] == "abstained"
    assert response["claims"] == response["sources"] == []
    assert response["confidence"] < 0.5
    assert "searched" in response["answer"]
    assert response["searched"]["question"] == question
    assert response["searched"]["passages"] >= 2
    nearest = {document["path"] for document in response["searched"]["nearest"]}
    assert nearest == {"leave.md", "travel.md"}


def test_question_about_no_documents_is_declined_with_nothing_searched(
    company: Company, tmp_path: Path
) -> None:
    filters = {"sources": [company.vouch.register(tmp_path, name="empty")]}
    body = {"question": QUESTIONS[0], "filters": filters}
    response = company.ok("POST", "/v1/answer", json=body)
    body = {"query": QUESTIONS[0], "filters": filters}
    assert company.ok("POST", "/v1/search", json=body)["hits"] == []
    assert response["status"] == "abstained"
    assert response["confidence"] == 0
    assert response["searched"]["passages"] == 0
    assert response["searched"]["nearest"] == []


def test_follow_up_is_answered_with_what_it_leans_on(company: Company) -> None:
    history = [
        {"role": "user", "content": "How many days of annual leave do employees receive?"},
        {"role": "assistant", "content": "Full-time employees receive 27 days. [1]"},
    ]
    response = ask(company, "And part-time employees?", history=history)
    assert response["status"] == "answered"
    assert "Part-time employees" in response["answer"]
    assert response["searched"]["question"] == (
        "How many days of annual leave do part-time employees receive?"
    )


def test_filter_narrows_what_may_be_cited(company: Company) -> None:
    response = ask(company, QUESTIONS[0], filters={"path_prefix": "travel"})
    assert {document["path"] for document in response["searched"]["nearest"]} == {"travel.md"}
    assert "27 days" not in str(response)


@pytest.mark.parametrize("body", [{}, {"question": ""}, {"question": "hunter2", "model": "x"}])
def test_invalid_request_is_refused_and_never_echoed(
    company: Company, body: dict[str, Any]
) -> None:
    problem = company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/answer", json=body)
    assert problem["errors"]
    assert "hunter2" not in str(problem)
