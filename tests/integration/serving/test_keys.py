"""/v1/keys, /v1/me and /v1/groups: who may come in, and as whom."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.integration.serving.conftest import Company

ANY_ID = "00000000-0000-4000-8000-000000000000"
OWNER = {"name": "Docs team", "contact": "docs@acme.test"}

ENDPOINTS: list[tuple[str, str, Any]] = [
    ("POST", "/v1/search", {"query": "leave"}),
    ("POST", "/v1/search/batch", {"searches": [{"query": "leave"}]}),
    ("POST", "/v1/answer", {"question": "leave?"}),
    ("POST", "/v1/check", {"text": "x is y.", "passages": [{"text": "x is y."}]}),
    ("GET", f"/v1/answers/{ANY_ID}", None),
    ("PUT", f"/v1/answers/{ANY_ID}/feedback", {"verdict": "up"}),
    ("GET", "/v1/feedback", None),
    ("PUT", f"/v1/feedback/{ANY_ID}/review", {"decision": "dismissed"}),
    ("GET", f"/v1/documents/{ANY_ID}", None),
    ("GET", "/v1/sources", None),
    ("POST", "/v1/sources", {"name": "x", "kind": "filesystem", "config": {}, "owner": OWNER}),
    ("GET", f"/v1/sources/{ANY_ID}", None),
    ("PATCH", f"/v1/sources/{ANY_ID}", {}),
    ("DELETE", f"/v1/sources/{ANY_ID}", None),
    ("POST", f"/v1/sources/{ANY_ID}/sync", {}),
    ("GET", f"/v1/sources/{ANY_ID}/runs", None),
    ("GET", f"/v1/sources/{ANY_ID}/runs/{ANY_ID}", None),
    ("POST", f"/v1/sources/{ANY_ID}/notify", None),
    ("POST", f"/v1/sources/{ANY_ID}/pause", None),
    ("POST", f"/v1/sources/{ANY_ID}/resume", None),
    ("POST", f"/v1/sources/{ANY_ID}/runs/{ANY_ID}/cancel", None),
    ("POST", f"/v1/sources/{ANY_ID}/runs/{ANY_ID}/approve-deletions", None),
    ("POST", f"/v1/sources/{ANY_ID}/runs/{ANY_ID}/reject-deletions", None),
    ("GET", "/v1/source-kinds", None),
    ("POST", "/v1/documents", None),
    ("PUT", f"/v1/sources/{ANY_ID}/documents/a.txt", None),
    ("DELETE", f"/v1/sources/{ANY_ID}/documents/a.txt", None),
    ("GET", f"/v1/access/explain?user=ana&document={ANY_ID}", None),
    ("POST", "/v1/credentials/rotate", None),
    ("GET", f"/v1/sources/{ANY_ID}/failures", None),
    ("POST", "/v1/keys", {"name": "x", "role": "reader", "user": "x"}),
    ("GET", "/v1/keys", None),
    ("DELETE", f"/v1/keys/{ANY_ID}", None),
    ("GET", "/v1/groups", None),
    ("PUT", "/v1/groups/x", {"users": []}),
    ("GET", "/v1/me", None),
    ("GET", "/v1/assistants", None),
    ("POST", "/v1/assistants", {"name": "x", "owner": OWNER}),
    ("GET", "/v1/assistants/vouch", None),
    ("PATCH", "/v1/assistants/x", {}),
    ("DELETE", "/v1/assistants/x", None),
    ("GET", "/v1/generation", None),
    ("PUT", "/v1/generation/reranker", {"reranker": None}),
]
# Their errors have another form: see test_chat_completions.py.
OPENAI_ENDPOINTS = ("/v1/chat/completions", "/v1/models", "/v1/models/{model}")
FOR_ADMINS = [
    item
    for item in ENDPOINTS
    if item[1].startswith(("/v1/keys", "/v1/groups", "/v1/credentials", "/v1/generation"))
    or (item[1].startswith("/v1/assistants") and item[0] != "GET")
]
FOR_REVIEWERS = [item for item in ENDPOINTS if item[1].startswith("/v1/feedback")]
FOR_OWNERS = [item for item in ENDPOINTS if item[1].startswith(("/v1/source", "/v1/access"))]

endpoints = pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)


def test_table_of_endpoints_is_the_whole_api(company: Company) -> None:
    """So that a new endpoint cannot be left out of the checks below."""
    paths = company.ok("GET", "/openapi.json", key="")["paths"]
    served = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/v1/") and path not in OPENAI_ENDPOINTS
    }
    assert len(served) == len(ENDPOINTS)


@endpoints
def test_nothing_is_served_without_a_key(
    company: Company, method: str, path: str, body: Any
) -> None:
    problem = company.refused(HTTPStatus.UNAUTHORIZED, method, path, key="", json=body)
    assert problem["code"] == "not_authenticated"


@endpoints
def test_nothing_is_served_to_an_unknown_key(
    company: Company, method: str, path: str, body: Any
) -> None:
    problem = company.refused(HTTPStatus.UNAUTHORIZED, method, path, key="vouch_nope", json=body)
    assert "vouch_nope" not in str(problem)


@pytest.mark.parametrize(("method", "path", "body"), [*FOR_ADMINS, *FOR_OWNERS, *FOR_REVIEWERS])
def test_reader_may_not_administer_nor_manage_sources(
    company: Company, method: str, path: str, body: Any
) -> None:
    key = company.key("reader", "ana@acme.test")
    problem = company.refused(HTTPStatus.FORBIDDEN, method, path, key=key, json=body)
    assert problem["code"] == "not_allowed"


@pytest.mark.parametrize("role", ["owner", "reviewer"])
@pytest.mark.parametrize(("method", "path", "body"), FOR_ADMINS)
def test_only_an_admin_administers(
    company: Company, role: str, method: str, path: str, body: Any
) -> None:
    key = company.key(role, "ana@acme.test")
    company.refused(HTTPStatus.FORBIDDEN, method, path, key=key, json=body)


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "vouch_nope"])
def test_other_kind_of_authorization_is_refused(company: Company, header: str) -> None:
    response = company.call("GET", "/v1/me", key="", headers={"Authorization": header})
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response.headers["www-authenticate"] == "Bearer"


def test_revoked_key_is_refused_from_the_next_request_on(company: Company) -> None:
    body = {"name": "short-lived", "role": "reader", "user": "ana@acme.test"}
    issued = company.ok("POST", "/v1/keys", json=body)
    company.ok("GET", "/v1/me", key=issued["key"])
    for _ in range(2):
        response = company.call("DELETE", f"/v1/keys/{issued['id']}")
        assert response.status_code == HTTPStatus.NO_CONTENT
    company.refused(HTTPStatus.UNAUTHORIZED, "GET", "/v1/me", key=issued["key"])


def test_expired_key_is_refused(company: Company) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.4)
    key = company.key("reader", "ana@acme.test", expires_at=soon.isoformat())
    company.ok("GET", "/v1/me", key=key)
    time.sleep(0.5)
    problem = company.refused(HTTPStatus.UNAUTHORIZED, "GET", "/v1/me", key=key)
    assert problem["code"] == "not_authenticated"


def test_expiry_without_a_zone_is_taken_or_refused_and_is_no_bug(company: Company) -> None:
    body = {"name": "x", "role": "reader", "user": "x", "expires_at": "2099-01-01T00:00:00"}
    with capture_logs():
        response = company.call("POST", "/v1/keys", json=body)
    assert response.status_code in (HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY)


def test_new_key_is_shown_once_and_listed_by_its_beginning_only(company: Company) -> None:
    body = {"name": "chat UI", "role": "reader", "user": "chat@acme.test"}
    issued = company.ok("POST", "/v1/keys", json=body)
    listed = company.ok("GET", "/v1/keys")
    (info,) = (key for key in listed if key["id"] == issued["id"])
    assert issued["key"].startswith(info["prefix"])
    assert len(info["prefix"]) < len(issued["key"]) / 2
    assert info["created_by"] == "admin"
    assert info["revoked_at"] is None
    assert issued["key"] not in str(listed)


def test_unknown_key_cannot_be_revoked(company: Company) -> None:
    problem = company.refused(HTTPStatus.NOT_FOUND, "DELETE", f"/v1/keys/{ANY_ID}")
    assert problem["code"] == "api_key_not_found"


@pytest.mark.parametrize(
    "change",
    [
        {"role": "emperor"},
        {"user": ""},
        {"user": "two words"},
        {"user": "a,b"},
        {"name": ""},
        {"may_act_for_users": "perhaps"},
        {"expires_at": "tomorrow"},
        {"surprise": 1},
    ],
)
def test_impossible_key_is_refused(company: Company, change: dict[str, Any]) -> None:
    body = {"name": "x", "role": "reader", "user": "x", **change}
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/keys", json=body)


def test_me_tells_user_groups_and_role_of_whom_the_request_acts_for(company: Company) -> None:
    company.ok("PUT", "/v1/groups/pilots", json={"users": ["pia@acme.test"]})
    key = company.key("reader", "pia@acme.test")
    me = {"user": "pia@acme.test", "groups": ["pilots"], "role": "reader"}
    assert company.ok("GET", "/v1/me", key=key) == me
    assert company.ok("GET", "/v1/me", user="pia@acme.test") == {**me, "role": "admin"}


def test_user_name_that_is_too_long_is_refused(company: Company) -> None:
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "GET", "/v1/me", user="x" * 256)


def test_setting_a_group_replaces_its_members(company: Company) -> None:
    company.ok("PUT", "/v1/groups/cooks", json={"users": ["b@x", "a@x", "a@x"]})
    shown = company.ok("PUT", "/v1/groups/cooks", json={"users": ["c@x", "a@x", "a@x"]})
    assert shown == {"name": "cooks", "users": ["a@x", "c@x"]}
    assert shown in company.ok("GET", "/v1/groups")
    company.ok("PUT", "/v1/groups/cooks", json={"users": []})
    assert "cooks" not in [group["name"] for group in company.ok("GET", "/v1/groups")]


@pytest.mark.parametrize(
    ("path", "users"),
    [("/v1/groups/two%20words", []), ("/v1/groups/ok", ["two words"]), ("/v1/groups/ok", [""])],
)
def test_impossible_group_or_member_is_refused(
    company: Company, path: str, users: list[str]
) -> None:
    response = company.call("PUT", path, json={"users": users})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.json()["code"] == "invalid_access_token"
