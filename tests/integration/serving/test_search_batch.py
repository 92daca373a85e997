"""POST /v1/search/batch."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.serving.conftest import SECRET_WORDS, Company

SEARCHES: list[dict[str, Any]] = [
    {"query": "How many days of annual leave?", "top_k": 2},
    {"query": "And why?", "history": [{"role": "user", "content": "Which class on trains?"}]},
    {"query": "policy", "filters": {"path_prefix": "tra"}, "explain": True},
    {"query": "policy", "filters": {"sources": ["no such source"]}},
    {"query": "zanzibar bonus"},
    {"query": "leave and travel", "distinct_documents": True},
]


def _without_last_bits(hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A model gives the same text, in another batch, a vector that differs in its last bits."""
    return [{**hit, "score": round(hit["score"], 3), "explain": None} for hit in hits]


@pytest.mark.parametrize("user", ["ana@acme.test", "hana@acme.test"])
def test_each_search_of_a_batch_finds_what_it_finds_alone(company: Company, user: str) -> None:
    results = company.ok("POST", "/v1/search/batch", user=user, json={"searches": SEARCHES})
    assert len(results["results"]) == len(SEARCHES)
    for search, result in zip(SEARCHES, results["results"], strict=True):
        alone = company.ok("POST", "/v1/search", user=user, json=search)
        assert _without_last_bits(result["hits"]) == _without_last_bits(alone["hits"])
        assert result["degraded"] == alone["degraded"]
        assert [hit["explain"] is None for hit in result["hits"]] == [
            hit["explain"] is None for hit in alone["hits"]
        ]
        assert set(result["timings_s"]) == {"embed", "retrieve"}
        assert all(seconds >= 0 for seconds in result["timings_s"].values())


def test_batch_shows_nothing_that_its_caller_may_not_read(company: Company) -> None:
    response = company.call(
        "POST", "/v1/search/batch", user="ana@acme.test", json={"searches": SEARCHES}
    )
    assert response.status_code == HTTPStatus.OK
    assert not [word for word in SECRET_WORDS if word in response.text]


def test_distinct_documents_come_once_each(company: Company) -> None:
    body = {"query": "leave policy", "top_k": 50, "distinct_documents": True}
    hits = company.ok("POST", "/v1/search", user="ana@acme.test", json=body)["hits"]
    paths = [hit["document"]["path"] for hit in hits]
    assert sorted(paths) == ["leave.md", "travel.md"]
    assert [hit["rank"] for hit in hits] == [1, 2]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/searches"),
        ({"searches": []}, "#/searches"),
        ({"searches": [{"query": "leave"}, {"query": ""}]}, "#/searches/1/query"),
        ({"searches": [{"query": "hunter2", "top_k": 201}]}, "#/searches/0/top_k"),
    ],
)
def test_one_bad_search_refuses_the_batch_and_is_named(
    company: Company, body: dict[str, Any], pointer: str
) -> None:
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search/batch", json=body
    )
    assert problem["code"] == "invalid_request"
    assert pointer in [field["pointer"] for field in problem["errors"]]
    assert "hunter2" not in str(problem)


def test_query_that_is_too_long_is_named_by_its_place(company: Company) -> None:
    searches = [{"query": "leave"}, {"query": "hunter2 " * 501}]
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search/batch", json={"searches": searches}
    )
    assert problem["code"] == "query_too_long"
    assert problem["data"] == {"limit_chars": 4000, "item": 1}
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("searches", "data"),
    [
        ([{"query": "leave"}] * 257, {"limit_searches": 256}),
        ([{"query": "leave", "top_k": 200}] * 101, {"limit_hits": 20_000}),
    ],
)
def test_batch_that_is_too_large_is_refused_with_the_limit(
    company: Company, searches: list[dict[str, Any]], data: dict[str, int]
) -> None:
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search/batch", json={"searches": searches}
    )
    assert problem["code"] == "batch_too_large"
    assert problem["data"] == data


def test_batch_needs_a_key(company: Company) -> None:
    company.refused(
        HTTPStatus.UNAUTHORIZED, "POST", "/v1/search/batch", key="", json={"searches": SEARCHES}
    )
