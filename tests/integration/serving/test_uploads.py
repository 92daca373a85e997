"""Pushing documents over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.serving.conftest import Company

LEAVE = b"# Leave\n\nEmployees of the walrus team receive 31 days of leave.\n"


@pytest.fixture
def source(company: Company) -> str:
    return register(company)


def register(company: Company, **options: Any) -> str:
    body = {
        "name": f"pushed {uuid4()}",
        "kind": "upload",
        "config": {},
        "acl": ["everyone"],
        "owner": {"name": "Docs team", "contact": "docs@acme.test"},
    }
    return str(company.ok("POST", "/v1/sources", json=body, **options)["id"])


def push(company: Company, source: str, *files: tuple[str, bytes], **fields: Any) -> Any:
    return company.ok(
        "POST",
        "/v1/documents",
        data={"source_id": source, **fields},
        files=[("files", file) for file in files],
    )


def found(company: Company, source: str, query: str, *, user: str = "ana@acme.test") -> list[str]:
    body = {"query": query, "filters": {"sources": [source]}, "top_k": 50}
    hits = company.ok("POST", "/v1/search", json=body, user=user)["hits"]
    return list(dict.fromkeys(hit["document"]["path"] for hit in hits))


def test_pushed_document_is_found_once_its_run_has_ended(company: Company, source: str) -> None:
    receipt = push(company, source, ("leave.md", LEAVE))
    assert receipt["results"] == [{"external_id": "leave.md", "status": "stored", "problem": None}]
    run = company.vouch.wait(source, receipt["run_id"])
    assert (run["state"], run["added"]) == ("succeeded", 1)
    assert found(company, source, "walrus leave") == ["leave.md"]


def test_same_push_again_changes_nothing_and_needs_no_run(company: Company, source: str) -> None:
    company.vouch.wait(source, push(company, source, ("leave.md", LEAVE))["run_id"])
    again = push(company, source, ("leave.md", LEAVE))
    assert again["results"][0]["status"] == "unchanged"
    assert again["run_id"] is None


def test_document_is_replaced_and_taken_back_by_its_external_id(
    company: Company, source: str
) -> None:
    path = f"/v1/sources/{source}/documents/policies/leave.md"
    headers = {"Content-Type": "text/markdown; charset=utf-8"}
    first = company.ok("PUT", path, content=LEAVE, headers=headers)
    company.vouch.wait(source, first["run_id"])
    changed = company.ok("PUT", path, content=LEAVE.replace(b"walrus", b"otter"), headers=headers)
    company.vouch.wait(source, changed["run_id"])
    body = {"query": "otter leave", "filters": {"sources": [source]}}
    (hit,) = company.ok("POST", "/v1/search", json=body)["hits"]
    assert "otter" in hit["passage"]["text"]
    assert hit["document"]["mime"] == "text/markdown"
    gone = company.ok("DELETE", path)
    run = company.vouch.wait(source, gone["run_id"])
    # The only document of its source: a person's command is not held up by the deletion guard.
    assert (run["state"], run["deleted"]) == ("succeeded", 1)
    assert found(company, source, "otter leave") == []
    company.refused(HTTPStatus.NOT_FOUND, "DELETE", path)


def test_many_files_are_pushed_at_once_and_a_bad_one_loses_no_other(
    company: Company, source: str
) -> None:
    receipt = push(
        company, source, ("a.txt", b"Apes eat."), ("b" * 1001, b"x"), ("c.txt", b"Cats sleep.")
    )
    assert [result["status"] for result in receipt["results"]] == ["stored", "refused", "stored"]
    assert receipt["results"][1]["problem"]["pointer"] == "#/files/1"
    assert company.vouch.wait(source, receipt["run_id"])["added"] == 2


def test_pushed_document_is_read_by_those_it_names(company: Company, source: str) -> None:
    receipt = push(company, source, ("pay.txt", b"The walrus pay scale."), acl="user:ben@acme.test")
    company.vouch.wait(source, receipt["run_id"])
    assert found(company, source, "walrus pay") == []
    assert found(company, source, "walrus pay", user="ben@acme.test") == ["pay.txt"]


def test_owner_pushes_to_his_own_sources_alone(company: Company, source: str) -> None:
    key = company.key("owner", "oda@acme.test")
    own = register(company, key=key)
    body = {"content": LEAVE, "key": key}
    company.ok("PUT", f"/v1/sources/{own}/documents/a.md", **body)
    company.refused(HTTPStatus.NOT_FOUND, "PUT", f"/v1/sources/{source}/documents/a.md", **body)
    company.refused(HTTPStatus.NOT_FOUND, "DELETE", f"/v1/sources/{source}/documents/a", key=key)


def test_source_that_is_pulled_from_is_not_pushed_to(company: Company) -> None:
    path = f"/v1/sources/{company.handbook_id}/documents/a.md"
    problem = company.refused(HTTPStatus.CONFLICT, "PUT", path, content=LEAVE)
    assert problem["code"] == "not_an_upload_source"


def test_invalid_access_token_is_refused_and_nothing_is_stored(
    company: Company, source: str
) -> None:
    path = f"/v1/sources/{source}/documents/a.md?acl=friends"
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "PUT", path, content=LEAVE)
    assert company.ok("GET", f"/v1/sources/{source}/runs") == []


def test_body_over_the_limit_is_refused(
    company: Company, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = company.vouch.embedded.services.uploads
    monkeypatch.setattr(uploads, "_max_file_bytes", 1_000)
    path = f"/v1/sources/{source}/documents/a.md"
    problem = company.refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PUT", path, content=b"x" * 1_001
    )
    assert problem["data"]["limit_bytes"] == 1_000
    company.ok("PUT", path, content=b"x" * 1_000)
