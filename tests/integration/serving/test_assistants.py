"""/v1/assistants, and what an answer takes from one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.serving.conftest import SECRET_WORDS, Company

OWNER = {"name": "People team", "contact": "people@acme.test"}
LEAVE = "How many days of annual leave do full-time employees receive?"
HANA = "hana@acme.test"


@pytest.fixture
def assistant(company: Company) -> Iterator[str]:
    """One over the handbook, for group:hr; gone after the test."""
    body = {
        "name": "people",
        "description": "Answers from the handbook.",
        "owner": OWNER,
        "acl": ["group:hr"],
        "sources": ["handbook"],
    }
    yield company.ok("POST", "/v1/assistants", json=body)["name"]
    company.call("DELETE", "/v1/assistants/people")


def names(company: Company, **options: Any) -> list[str]:
    return [each["name"] for each in company.ok("GET", "/v1/assistants", **options)]


def test_built_in_assistant_is_there_for_everyone(company: Company) -> None:
    key = company.key("reader", "ana@acme.test")
    assert names(company, key=key) == ["vouch"]
    built_in = company.ok("GET", "/v1/assistants/vouch", key=key)
    assert built_in["is_built_in"]
    assert (built_in["unsupported"], built_in["tier"], built_in["language"]) == ("drop", None, None)


def test_assistant_comes_back_as_it_was_defined(company: Company, assistant: str) -> None:
    info = company.ok("GET", f"/v1/assistants/{assistant}")
    assert info["owner"] == OWNER
    assert info["sources"] == ["handbook"]
    assert info["acl"] == ["group:hr"]
    assert not info["is_built_in"]


def test_who_may_not_use_an_assistant_sees_none(company: Company, assistant: str) -> None:
    ana, hana = company.key("reader", "ana@acme.test"), company.key("reader", HANA)
    assert names(company, key=ana) == ["vouch"]
    assert names(company, key=hana) == ["vouch", assistant]
    there = company.refused(HTTPStatus.NOT_FOUND, "GET", f"/v1/assistants/{assistant}", key=ana)
    missing = company.refused(HTTPStatus.NOT_FOUND, "GET", "/v1/assistants/nobody", key=ana)
    assert there["code"] == missing["code"] == "assistant_not_found"
    assert there["detail"].replace(assistant, "nobody") == missing["detail"]


def test_who_uses_an_assistant_is_not_told_its_sources_and_readers(
    company: Company, assistant: str
) -> None:
    info = company.ok("GET", f"/v1/assistants/{assistant}", key=company.key("reader", HANA))
    assert (info["sources"], info["acl"]) == (None, None)


def test_assistant_answers_who_may_use_it(company: Company, assistant: str) -> None:
    body = {"question": LEAVE, "assistant": assistant}
    answer = company.ok("POST", "/v1/answer", user=HANA, json=body)
    assert "27 days" in answer["answer"]
    kept = company.ok("GET", f"/v1/answers/{answer['id']}", user=HANA)
    assert kept["assistant"] == assistant
    for name in (assistant, "nobody"):
        problem = company.refused(
            HTTPStatus.NOT_FOUND,
            "POST",
            "/v1/answer",
            user="ana@acme.test",
            json={"question": LEAVE, "assistant": name},
        )
        assert problem["code"] == "assistant_not_found"


def test_answer_without_an_assistant_is_the_built_in_ones(company: Company) -> None:
    answer = company.ok("POST", "/v1/answer", json={"question": LEAVE})
    assert company.ok("GET", f"/v1/answers/{answer['id']}")["assistant"] == "vouch"


def test_assistant_opens_no_document(company: Company) -> None:
    company.ok("POST", "/v1/assistants", json={"name": "all", "owner": OWNER})
    body = {"question": "How much is the bonus for engineers in band seven?", "assistant": "all"}
    company.ok("POST", "/v1/answer", user=HANA, json=body)
    answer = company.ok("POST", "/v1/answer", user="ana@acme.test", json=body)
    assert not any(word in str(answer) for word in SECRET_WORDS)
    company.call("DELETE", "/v1/assistants/all")


def wait_until_gone(company: Company, source_id: str) -> None:
    deadline = time.monotonic() + 30
    while company.call("GET", f"/v1/sources/{source_id}").status_code != HTTPStatus.NOT_FOUND:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def other_source(company: Company) -> Iterator[str]:
    """A source with no document, so that what stays within it finds nothing."""
    body = {
        "name": "nothing-in-it",
        "kind": "upload",
        "config": {},
        "acl": ["everyone"],
        "owner": OWNER,
    }
    source_id = company.ok("POST", "/v1/sources", json=body)["id"]
    yield source_id
    company.call("DELETE", f"/v1/sources/{source_id}")


def test_assistant_stays_within_its_sources_whatever_the_filters_say(
    company: Company, other_source: str
) -> None:
    company.ok(
        "POST",
        "/v1/assistants",
        json={"name": "narrow", "owner": OWNER, "sources": ["nothing-in-it"]},
    )
    for sources in (
        [],
        ["handbook"],
        [company.handbook_id],
        ["handbook", "nothing-in-it"],
        ["nothing"],
    ):
        answer = company.ok(
            "POST",
            "/v1/answer",
            json={"question": LEAVE, "assistant": "narrow", "filters": {"sources": sources}},
        )
        assert answer["status"] == "abstained", sources
        assert answer["searched"]["passages"] == 0, sources
    company.ok("PATCH", "/v1/assistants/narrow", json={"sources": ["handbook", "nothing-in-it"]})
    body = {"question": LEAVE, "assistant": "narrow", "filters": {"sources": ["handbook"]}}
    assert company.ok("POST", "/v1/answer", json=body)["status"] == "answered"
    company.ok("DELETE", "/v1/assistants/narrow")


def test_assistant_whose_sources_are_gone_does_not_answer_from_all_others(
    company: Company,
) -> None:
    source = {"name": "brief", "kind": "upload", "config": {}, "acl": ["everyone"], "owner": OWNER}
    source_id = company.ok("POST", "/v1/sources", json=source)["id"]
    company.ok(
        "POST", "/v1/assistants", json={"name": "orphan", "owner": OWNER, "sources": ["brief"]}
    )
    company.ok("DELETE", f"/v1/sources/{source_id}")
    wait_until_gone(company, source_id)
    assert company.ok("GET", "/v1/assistants/orphan")["sources"] == [source_id]
    # Nor from another one that takes the name.
    again = company.ok("POST", "/v1/sources", json=source)["id"]
    assert company.ok("GET", "/v1/assistants/orphan")["sources"] == [source_id]
    answer = company.ok("POST", "/v1/answer", json={"question": LEAVE, "assistant": "orphan"})
    assert answer["searched"]["passages"] == 0
    company.ok("DELETE", "/v1/assistants/orphan")
    company.ok("DELETE", f"/v1/sources/{again}")


def test_change_holds_from_the_next_request_on(company: Company, assistant: str) -> None:
    change = {"acl": ["everyone"], "unsupported": "mark", "language": "de", "tier": "small"}
    info = company.ok("PATCH", f"/v1/assistants/{assistant}", json=change)
    assert {name: info[name] for name in change} == change
    assert info["sources"] == ["handbook"]
    assert names(company, key=company.key("reader", "ana@acme.test")) == ["vouch", assistant]
    back = company.ok(
        "PATCH", f"/v1/assistants/{assistant}", json={"language": None, "sources": []}
    )
    assert (back["language"], back["tier"], back["sources"]) == (None, "small", [])


def test_policy_of_an_assistant_holds_unless_the_request_says_another(
    company: Company, assistant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    runner = company.vouch.embedded.services.runner
    events = runner.events

    def noting(caller: Any, wanted: Any, **options: Any) -> Any:
        seen.append((wanted.unsupported, wanted.language, wanted.tier))
        return events(caller, wanted, **options)

    monkeypatch.setattr(runner, "events", noting)
    change = {"unsupported": "fail", "language": "de", "tier": "large"}
    company.ok("PATCH", f"/v1/assistants/{assistant}", json=change)
    body = {"question": LEAVE, "assistant": assistant}
    company.ok("POST", "/v1/answer", user=HANA, json=body)
    company.ok("POST", "/v1/answer", user=HANA, json={**body, "unsupported": "drop"})
    company.ok("POST", "/v1/answer", user=HANA, json={**body, "language": "fr"})
    assert seen == [("fail", "de", "large"), ("drop", "de", "large"), ("fail", "fr", "large")]


def test_built_in_assistant_stays_as_it_is(company: Company) -> None:
    for method, body in (("PATCH", {"language": "de"}), ("DELETE", None)):
        problem = company.refused(HTTPStatus.CONFLICT, method, "/v1/assistants/vouch", json=body)
        assert problem["code"] == "assistant_is_built_in"


@pytest.mark.parametrize("name", ["vouch", "people"])
def test_name_that_is_taken_is_refused(company: Company, assistant: str, name: str) -> None:
    problem = company.refused(
        HTTPStatus.CONFLICT, "POST", "/v1/assistants", json={"name": name, "owner": OWNER}
    )
    assert problem["code"] == "assistant_name_taken"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_assistant_is_not_found(company: Company, method: str) -> None:
    body: dict[str, Any] | None = {} if method == "PATCH" else None
    company.refused(HTTPStatus.NOT_FOUND, method, "/v1/assistants/nobody", json=body)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "two words"},
        {"name": "Upper"},
        {"name": ""},
        {"name": "a/b"},
        {"name": "x" * 65},
        {"owner": None},
        {"owner": {"name": "", "contact": "x@y"}},
        {"acl": ["somebody"]},
        {"sources": ["no-such-source"]},
        {"unsupported": "perhaps"},
        {"tier": "huge"},
        {"language": "German"},
        {"surprise": 1},
    ],
)
def test_impossible_assistant_is_refused(company: Company, change: dict[str, Any]) -> None:
    body = {"name": "x", "owner": OWNER, **change}
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/assistants", json=body)
    company.refused(HTTPStatus.NOT_FOUND, "GET", "/v1/assistants/x")


@pytest.mark.parametrize("field", ["description", "owner", "acl", "sources", "unsupported"])
def test_null_takes_nothing_away_that_must_be_there(
    company: Company, assistant: str, field: str
) -> None:
    company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "PATCH",
        f"/v1/assistants/{assistant}",
        json={field: None},
    )
