"""/v1/sources: registering, seeing and changing where documents come from."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.upload.connector import UploadConnector
from tests.integration.serving.conftest import Company

ANY_ID = "00000000-0000-4000-8000-000000000000"


def request(name: str, root: Path | str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "filesystem",
        "config": {"root": str(root)},
        "acl": ["everyone"],
        "owner": {"name": "Docs team", "contact": "docs@acme.test"},
        **changes,
    }


def register(company: Company, name: str, root: Path, *, user: str | None = None) -> str:
    source = company.ok("POST", "/v1/sources", user=user, json=request(name, root))
    return str(source["id"])


def test_registered_source_is_shown_as_it_was_given_and_nothing_is_read(
    company: Company, tmp_path: Path
) -> None:
    response = company.call("POST", "/v1/sources", json=request("plain", tmp_path / "not yet"))
    assert response.status_code == HTTPStatus.CREATED
    source = response.json()
    assert source["config"]["root"] == str(tmp_path / "not yet")
    assert source["config"]["access_rules"] == []
    assert source["sensitivity"] == "internal"
    assert source["owner"] == {"name": "Docs team", "contact": "docs@acme.test"}
    assert company.ok("GET", f"/v1/sources/{source['id']}") == source
    assert source in company.ok("GET", "/v1/sources")
    assert company.ok("GET", f"/v1/sources/{source['id']}/runs") == []


def test_source_without_an_acl_is_read_by_nobody(company: Company, tmp_path: Path) -> None:
    body = request("closed", tmp_path)
    del body["acl"]
    assert company.ok("POST", "/v1/sources", json=body)["acl"] == []


@pytest.mark.parametrize("user", ["oda@acme.test", "oleg@acme.test"])
def test_owner_cannot_open_this_servers_disk(company: Company, user: str, tmp_path: Path) -> None:
    key = company.key("owner", user)
    problem = company.refused(
        HTTPStatus.FORBIDDEN, "POST", "/v1/sources", key=key, json=request("disk", "/etc")
    )
    assert problem["code"] == "not_allowed"
    source_id = register(company, f"disk of {user}", tmp_path, user=user)
    company.ok("GET", f"/v1/sources/{source_id}", key=key)
    body = {"config": {"root": "/etc"}}
    company.refused(HTTPStatus.FORBIDDEN, "PATCH", f"/v1/sources/{source_id}", key=key, json=body)


def test_another_owners_source_looks_like_one_that_is_not_there(
    company: Company, tmp_path: Path
) -> None:
    source_id = register(company, "odas own", tmp_path, user="oda@acme.test")
    stranger = company.key("owner", "oleg@acme.test")
    for method, path, body in [
        ("GET", "", None),
        ("PATCH", "", {"acl": ["everyone"]}),
        ("POST", "/sync", {}),
        ("GET", "/runs", None),
        ("GET", f"/runs/{ANY_ID}", None),
        ("POST", f"/runs/{ANY_ID}/approve-deletions", None),
        ("GET", "/failures", None),
    ]:
        for each in (source_id, ANY_ID):
            problem = company.refused(
                HTTPStatus.NOT_FOUND, method, f"/v1/sources/{each}{path}", key=stranger, json=body
            )
            assert problem["code"] == "source_not_found"
            assert "odas own" not in str(problem)
    assert "odas own" not in str(company.ok("GET", "/v1/sources", key=stranger))
    own = company.ok("GET", "/v1/sources", key=company.key("owner", "oda@acme.test"))
    assert "odas own" in [source["name"] for source in own]
    assert {source["name"] for source in own} <= {"odas own", "disk of oda@acme.test"}


def test_name_that_is_taken_is_a_conflict(company: Company, tmp_path: Path) -> None:
    problem = company.refused(
        HTTPStatus.CONFLICT, "POST", "/v1/sources", json=request("handbook", tmp_path)
    )
    assert problem["code"] == "source_name_taken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "gopher"}, "unknown_connector_kind"),
        ({"config": {"root": "relative"}}, "source_misconfigured"),
        ({"config": {}}, "source_misconfigured"),
        ({"config": {"root": "/srv", "hunter2": 1}}, "source_misconfigured"),
        ({"acl": ["hr"]}, "invalid_access_token"),
        ({"owner": {"name": "", "contact": ""}}, "invalid_request"),
        ({"owner": None}, "invalid_request"),
        ({"sensitivity": "hunter2"}, "invalid_request"),
        ({"name": ""}, "invalid_request"),
    ],
)
def test_impossible_source_is_refused_with_what_is_wrong(
    company: Company, change: dict[str, Any], code: str
) -> None:
    body = request("impossible", "/srv") | change
    problem = company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/sources", json=body)
    assert problem["code"] == code
    assert "impossible" not in [item["name"] for item in company.ok("GET", "/v1/sources")]


@pytest.mark.parametrize(
    "body", [{"config": {"root": "relative"}}, {"acl": ["hr"]}, {"name": "other"}]
)
def test_impossible_change_is_refused_and_changes_nothing(
    company: Company, body: dict[str, Any]
) -> None:
    path = f"/v1/sources/{company.handbook_id}"
    before = company.ok("GET", path)
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "PATCH", path, json=body)
    assert company.ok("GET", path) == before


def test_change_keeps_what_is_left_out(company: Company, tmp_path: Path) -> None:
    source_id = register(company, "changing", tmp_path)
    before = company.ok("GET", f"/v1/sources/{source_id}")
    after = company.ok("PATCH", f"/v1/sources/{source_id}", json={"acl": ["group:hr"]})
    assert after == {**before, "acl": ["group:hr"]}
    assert company.ok("PATCH", f"/v1/sources/{source_id}", json={}) == after
    assert company.ok("PATCH", f"/v1/sources/{source_id}", json={"acl": []})["acl"] == []


def test_run_shows_what_it_did_and_its_failures_say_why(company: Company) -> None:
    (run,) = company.ok("GET", f"/v1/sources/{company.handbook_id}/runs")
    assert (run["seen"], run["added"], run["failed"]) == (4, 3, 1)
    assert run["state"] == "succeeded"
    assert run["requested_by"] == "admin"
    assert run["created_at"] <= run["started_at"] <= run["ended_at"]
    assert company.ok("GET", f"/v1/sources/{company.handbook_id}/runs/{run['id']}") == run
    page = company.ok("GET", f"/v1/sources/{company.handbook_id}/failures")
    assert page["total"] == 1
    (failure,) = page["failures"]
    assert failure["path"] == "broken.json"
    assert failure["code"]
    assert failure["detail"]
    assert not failure["still_served"]
    assert company.ok("GET", f"/v1/sources/{company.handbook_id}/failures?offset=1") == {
        "total": 1,
        "failures": [],
    }


def test_run_of_another_source_is_not_found(company: Company, tmp_path: Path) -> None:
    (run,) = company.ok("GET", f"/v1/sources/{company.handbook_id}/runs")
    other = register(company, "other", tmp_path)
    problem = company.refused(HTTPStatus.NOT_FOUND, "GET", f"/v1/sources/{other}/runs/{run['id']}")
    assert problem["code"] == "run_not_found"


def test_run_without_pending_deletions_has_nothing_to_approve(company: Company) -> None:
    (run,) = company.ok("GET", f"/v1/sources/{company.handbook_id}/runs")
    path = f"/v1/sources/{company.handbook_id}/runs/{run['id']}/approve-deletions"
    assert company.refused(HTTPStatus.CONFLICT, "POST", path)["code"] == "nothing_to_approve"


@pytest.mark.parametrize("query", ["limit=0", "limit=hunter2", "limit=1001", "offset=-1"])
def test_impossible_page_is_refused(company: Company, query: str) -> None:
    path = f"/v1/sources/{company.handbook_id}/failures?{query}"
    problem = company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "GET", path)
    assert "hunter2" not in str(problem)


GIT = {
    "name": "wiki",
    "kind": "git",
    "config": {"url": "https://git.acme.test/wiki.git"},
    "acl": ["everyone"],
    "owner": {"name": "Docs team", "contact": "docs@acme.test"},
}


@pytest.mark.parametrize(
    "opening",
    [
        {"sync": {"allow_private_network": True}},
        {"sync": {"groups_schedule": "every 1d"}},
        {"config": {"url": "file:///srv/wiki.git", "allow_local": True}},
        {"kind": "llama_hub", "config": {"reader": "llama_index.readers.json.JSONReader"}},
    ],
)
def test_owner_cannot_open_what_an_admin_must(company: Company, opening: dict[str, Any]) -> None:
    key = company.key("owner", "ben@acme.test")
    problem = company.refused(
        HTTPStatus.FORBIDDEN, "POST", "/v1/sources", key=key, json=GIT | opening
    )
    assert problem["code"] == "not_allowed"


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"url": "https://elsewhere.acme.test/wiki.git"}},
        {"sync": {"allow_private_network": True}},
        {"sync": {"groups_schedule": "every 1d"}},
    ],
)
def test_owner_cannot_turn_what_an_admin_opened_to_another_place(
    company: Company, change: dict[str, Any]
) -> None:
    key = company.key("owner", "ben@acme.test")
    body = GIT | {"name": f"wiki {uuid4()}"}
    source = company.ok("POST", "/v1/sources", key=key, json=body)["id"]
    company.ok("PATCH", f"/v1/sources/{source}", json={"sync": {"allow_private_network": True}})
    company.refused(HTTPStatus.FORBIDDEN, "PATCH", f"/v1/sources/{source}", key=key, json=change)


def test_settings_are_shown_and_what_is_left_out_of_a_change_stays(
    company: Company, tmp_path: Path
) -> None:
    body = request("scheduled", tmp_path, sync={"schedule": "every 6h", "access_max_age_s": 600})
    source = company.ok("POST", "/v1/sources", json=body)
    path = f"/v1/sources/{source['id']}"
    assert source["next_sync_at"] is not None
    changed = company.ok("PATCH", path, json={"sync": {"access_max_age_s": 900}})
    assert (changed["sync"]["schedule"], changed["sync"]["access_max_age_s"]) == ("every 6h", 900)
    changed = company.ok("PATCH", path, json={"sync": {"schedule": None}})
    assert (changed["sync"]["schedule"], changed["next_sync_at"]) == (None, None)


def test_concurrency_is_the_kinds_own_unless_the_source_says_otherwise(company: Company) -> None:
    body = request("concurrent", "", kind="upload", config={})
    source = company.ok("POST", "/v1/sources", json=body)
    expected = UploadConnector.capabilities.max_concurrent_fetches
    assert source["sync"]["max_concurrent_jobs"] == expected
    path = f"/v1/sources/{source['id']}"
    changed = company.ok("PATCH", path, json={"sync": {"max_concurrent_jobs": 1}})
    assert changed["sync"]["max_concurrent_jobs"] == 1
    changed = company.ok("PATCH", path, json={"sync": {"schedule": "every 6h"}})
    assert changed["sync"]["max_concurrent_jobs"] == 1


def test_kinds_describe_themselves_so_that_a_form_can_be_made(company: Company) -> None:
    kinds = {kind["kind"]: kind for kind in company.ok("GET", "/v1/source-kinds")}
    assert {"filesystem", "git", "imap", "s3", "sql", "upload", "web", "webdav"} <= kinds.keys()
    assert all(kind["needs"] is None for kind in kinds.values())
    assert "root" in kinds["filesystem"]["config_schema"]["properties"]
    assert kinds["filesystem"]["needs_admin"]
    assert not kinds["git"]["needs_admin"]
    assert kinds["git"]["lists_changes"]


def test_metrics_tell_an_operator_of_each_source(company: Company) -> None:
    metrics = company.call("GET", "/metrics", key="").text
    assert f'vouch_source_access_age_seconds{{source_id="{company.handbook_id}"}}' in metrics
    assert f'vouch_source_is_suspended{{source_id="{company.handbook_id}"}} 0.0' in metrics
