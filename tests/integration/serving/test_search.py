"""POST /v1/search."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.serving.conftest import Company


def search(company: Company, query: str, **body: Any) -> list[dict[str, Any]]:
    response = company.ok("POST", "/v1/search", user="ana@acme.test", json={"query": query, **body})
    hits: list[dict[str, Any]] = response["hits"]
    return hits


def test_hits_are_ranked_passages_with_their_documents(company: Company) -> None:
    hits = search(company, "How many days of annual leave?")
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    best = hits[0]
    assert best["document"]["path"] == "leave.md"
    assert best["document"]["title"] == "Leave policy"
    assert best["document"]["source"] == "handbook"
    assert best["document"]["mime"] == "text/markdown"
    assert best["document"]["uri"].endswith("/handbook/leave.md")
    assert "27 days" in best["passage"]["text"]
    assert best["explain"] is None


def test_passage_is_exactly_the_documents_text_at_its_offsets(company: Company) -> None:
    for hit in search(company, "leave and travel", top_k=100):
        document = company.ok("GET", f"/v1/documents/{hit['document']['id']}", user="ana@acme.test")
        passage = hit["passage"]
        assert document["text"][passage["start"] : passage["end"]] == passage["text"]


def test_explanation_shows_what_each_retriever_gave(company: Company) -> None:
    best = search(company, "trains in second class", explain=True)[0]
    assert best["document"]["path"] == "travel.md"
    assert best["explain"]["sparse"]["rank"] == 1
    assert set(best["explain"]) == {"dense", "sparse", "tokens"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"leave.md", "travel.md"}),
        ({"sources": ["handbook"]}, {"leave.md", "travel.md"}),
        ({"sources": ["no such source"]}, set()),
        ({"path_prefix": "tra"}, {"travel.md"}),
        ({"path_prefix": "hr/"}, set()),
        ({"mimes": ["text/markdown"]}, {"leave.md", "travel.md"}),
        ({"mimes": ["application/pdf"]}, set()),
        ({"updated_from": "2020-01-01T00:00:00Z"}, {"leave.md", "travel.md"}),
        ({"updated_from": "2020-01-01T00:00:00"}, {"leave.md", "travel.md"}),
        ({"updated_from": "2020-01-01"}, {"leave.md", "travel.md"}),
        ({"updated_to": "2020-01-01T00:00:00Z"}, set()),
    ],
)
def test_filters_narrow_what_is_found(
    company: Company, filters: dict[str, Any], expected: set[str]
) -> None:
    hits = search(company, "policy", top_k=100, filters=filters)
    assert {hit["document"]["path"] for hit in hits} == expected


def test_filter_takes_a_sources_id_as_well_as_its_name(company: Company) -> None:
    assert search(company, "policy", filters={"sources": [company.handbook_id]})


def test_top_k_limits_the_hits(company: Company) -> None:
    assert len(search(company, "policy", top_k=1)) == 1


def test_follow_up_leans_on_the_question_before_it(company: Company) -> None:
    history = [{"role": "user", "content": "Which class may I book on trains?"}]
    assert search(company, "And why?", history=history)[0]["document"]["path"] == "travel.md"


@pytest.mark.parametrize("query", ["the of and", "?", "   ", "\x00", "𝔘𝔫𝔦", "a" * 4000])
def test_odd_query_is_answered_like_any_other(company: Company, query: str) -> None:
    search(company, query)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/query"),
        ({"query": ""}, "#/query"),
        ({"query": 7}, "#/query"),
        ({"query": "hunter2", "top_k": 0}, "#/top_k"),
        ({"query": "hunter2", "top_k": 201}, "#/top_k"),
        ({"query": "hunter2", "topk": 5}, "#/topk"),
        ({"query": "hunter2", "filters": {"source": "x"}}, "#/filters/source"),
        ({"query": "hunter2", "filters": {"updated_from": "hunter2"}}, "#/filters/updated_from"),
        ({"query": "hunter2", "history": [{"role": "hunter2"}]}, "#/history/0/role"),
    ],
)
def test_invalid_request_names_the_field_and_never_echoes_the_input(
    company: Company, body: dict[str, Any], pointer: str
) -> None:
    problem = company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search", json=body)
    assert problem["code"] == "invalid_request"
    assert pointer in [field["pointer"] for field in problem["errors"]]
    assert "hunter2" not in str(problem)


def test_text_that_is_no_unicode_is_refused(company: Company) -> None:
    response = company.call(
        "POST",
        "/v1/search",
        content=b'{"query": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_query_that_is_too_long_is_refused_with_the_limit_and_without_the_query(
    company: Company,
) -> None:
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search", json={"query": "hunter2 " * 501}
    )
    assert problem["code"] == "query_too_long"
    assert problem["data"] == {"limit_chars": 4000}
    assert "hunter2" not in str(problem)
