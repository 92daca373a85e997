"""Nobody receives text that it may not read: not in a hit, an answer, a count or an error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.serving.conftest import SECRET_WORDS, Company

MEMBER = "hana@acme.test"
OUTSIDER = "ana@acme.test"
QUESTION = "How much is the zanzibar bonus for engineers in band seven?"


def search(company: Company, user: str, **body: Any) -> dict[str, Any]:
    request = {"query": QUESTION, "top_k": 200, "explain": True, **body}
    response: dict[str, Any] = company.ok("POST", "/v1/search", user=user, json=request)
    return response


def answer(company: Company, user: str) -> dict[str, Any]:
    response: dict[str, Any] = company.ok(
        "POST", "/v1/answer", user=user, json={"question": QUESTION}
    )
    return response


def without_the_question(response: dict[str, Any]) -> str:
    """The response as text, less the echo of what was asked."""
    return str(response).replace(QUESTION, "")


def test_member_finds_and_is_told_what_the_group_may_read(company: Company) -> None:
    hits = search(company, MEMBER)["hits"]
    assert hits[0]["document"]["path"] == "hr/salaries.md"
    response = answer(company, MEMBER)
    assert response["status"] == "answered"
    assert "9,400 euros" in response["answer"]
    document = company.ok("GET", f"/v1/documents/{hits[0]['document']['id']}", user=MEMBER)
    assert "zanzibar" in document["text"]


@pytest.mark.parametrize(
    "filters", [{}, {"path_prefix": "hr/"}, {"sources": ["handbook"]}, {"mimes": ["text/markdown"]}]
)
def test_search_by_a_non_member_shows_nothing_of_it(
    company: Company, filters: dict[str, Any]
) -> None:
    shown = without_the_question(search(company, OUTSIDER, filters=filters))
    for word in SECRET_WORDS:
        assert word not in shown


def test_search_by_a_non_member_ranks_as_if_it_were_not_there(company: Company) -> None:
    for hit in search(company, OUTSIDER)["hits"]:
        for score in hit["explain"].values():
            assert score["rank"] <= len(search(company, OUTSIDER)["hits"])
    assert search(company, OUTSIDER)["hits"][0]["explain"]["dense"]["rank"] == 1


def test_answer_to_a_non_member_shows_nothing_of_it_not_even_in_its_counts(
    company: Company,
) -> None:
    response = answer(company, OUTSIDER)
    shown = without_the_question(response)
    for word in SECRET_WORDS:
        assert word not in shown
    readable = search(company, OUTSIDER, explain=False)["hits"]
    assert response["searched"]["passages"] == len(readable)
    assert len(readable) < len(search(company, MEMBER)["hits"])
    for claim in response["claims"]:
        assert all(c["quote"] not in ("", None) for c in claim["citations"])


def test_document_that_may_not_be_read_looks_like_one_that_is_not_there(company: Company) -> None:
    hidden_id = company.document_id("hr/salaries.md")
    missing_id = "00000000-0000-4000-8000-000000000000"
    hidden = company.refused(
        HTTPStatus.NOT_FOUND, "GET", f"/v1/documents/{hidden_id}", user=OUTSIDER
    )
    missing = company.refused(
        HTTPStatus.NOT_FOUND, "GET", f"/v1/documents/{missing_id}", user=OUTSIDER
    )
    for problem, document_id in ((hidden, hidden_id), (missing, missing_id)):
        problem.pop("request_id")
        for field in ("detail", "instance"):
            problem[field] = problem[field].replace(document_id, "ID")
    assert hidden == missing


def test_admin_key_may_do_everything_and_still_reads_only_what_its_user_may(
    company: Company,
) -> None:
    shown = without_the_question(search(company, "admin"))
    assert "zanzibar" not in shown
    hidden_id = company.document_id("hr/salaries.md")
    company.refused(HTTPStatus.NOT_FOUND, "GET", f"/v1/documents/{hidden_id}")


def test_joining_and_leaving_a_group_takes_effect_on_the_next_request(company: Company) -> None:
    newcomer = "nia@acme.test"
    hidden_id = company.document_id("hr/salaries.md")

    def can_see() -> set[str]:
        found = {
            "search": "9,400" in str(search(company, newcomer)),
            "answer": "9,400" in str(answer(company, newcomer)),
            "document": company.call("GET", f"/v1/documents/{hidden_id}", user=newcomer).is_success,
        }
        return {name for name, seen in found.items() if seen}

    assert can_see() == set()
    company.ok("PUT", "/v1/groups/hr", json={"users": [MEMBER, newcomer]})
    assert can_see() == {"search", "answer", "document"}
    company.ok("PUT", "/v1/groups/hr", json={"users": [MEMBER]})
    assert can_see() == set()


@pytest.mark.parametrize("user", ["group:hr", "everyone", "*", "hr", "HANA@acme.test", ""])
def test_user_with_a_clever_name_gains_nothing(company: Company, user: str) -> None:
    assert "9,400" not in str(search(company, user))


def test_key_that_may_not_act_for_others_cannot_borrow_a_members_access(company: Company) -> None:
    key = company.key("reader", OUTSIDER)
    body = {"query": QUESTION}
    problem = company.refused(
        HTTPStatus.FORBIDDEN, "POST", "/v1/search", key=key, user=MEMBER, json=body
    )
    assert problem["code"] == "not_allowed"
    company.ok("POST", "/v1/search", key=key, user=OUTSIDER, json=body)


def test_key_that_may_act_for_users_gets_exactly_their_access(company: Company) -> None:
    key = company.key("reader", "chat@acme.test", may_act_for_users=True)
    for user, expected in ((MEMBER, True), (OUTSIDER, False), (None, False)):
        response = company.ok(
            "POST", "/v1/search", key=key, user=user, json={"query": QUESTION, "top_k": 200}
        )
        assert ("9,400" in str(response)) is expected
