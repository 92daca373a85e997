"""Pushing documents over HTTP."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from tests.integration.serving.conftest import Company

LEAVE = b"# Leave\n\nEmployees of the walrus team receive 31 days of leave.\n"


@pytest.fixture(scope="module", autouse=True)
def hidden_afterwards(company: Company) -> Iterator[None]:
    """Everyone may read what is pushed here, and the other modules count what everyone finds."""
    yield
    for pushed in company.ok("GET", "/v1/sources"):
        if pushed["kind"] == "upload":
            company.ok("DELETE", f"/v1/sources/{pushed['id']}")


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
    assert gone["results"][0]["status"] == "removed"
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


def test_push_that_was_stored_and_killed_before_it_asked_for_a_run_is_mended_by_the_next(
    company: Company, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch, capture_logs():
        patch.setattr(company.vouch.embedded.services.runs, "request", die)
        path = f"/v1/sources/{source}/documents/leave.md"
        company.refused(HTTPStatus.INTERNAL_SERVER_ERROR, "PUT", path, content=LEAVE)
    dry = company.ok("POST", f"/v1/sources/{source}/sync", json={"dry_run": True})
    company.vouch.wait(source, dry["id"])
    again = company.ok("PUT", path, content=LEAVE)
    assert again["results"][0]["status"] == "unchanged"
    assert company.vouch.wait(source, again["run_id"])["added"] == 1
    assert company.ok("PUT", path, content=LEAVE)["run_id"] is None


def test_document_that_gets_another_path_is_found_under_it(company: Company, source: str) -> None:
    first = push(company, source, ("a.md", LEAVE), external_id="7", path="old/a.md")
    company.vouch.wait(source, first["run_id"])
    assert found(company, source, "walrus leave") == ["old/a.md"]
    path = f"/v1/sources/{source}/documents/7?path=new/a.md"
    second = company.ok("PUT", path, content=LEAVE, headers={"Content-Type": "text/plain"})
    run = company.vouch.wait(source, second["run_id"])
    assert (run["added"], run["deleted"]) == (0, 0)
    body = {"query": "walrus", "filters": {"sources": [source], "path_prefix": "new/"}}
    assert len(company.ok("POST", "/v1/search", json=body)["hits"]) == 1


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, ["files"]),
        ({"source_id": "SOURCE"}, []),
        ({"source_id": "SOURCE", "acls": "group:hr"}, ["files"]),
        ({"source_id": ["SOURCE", "SOURCE"]}, ["files"]),
        ({"source_id": "SOURCE", "external_id": "x"}, ["files", "files"]),
        ({"source_id": "SOURCE"}, ["file"]),
        ({"source_id": "SOURCE", "acl": ["x" * 2_000_000]}, ["files"]),
    ],
    ids=["no source", "no file", "misspelt", "twice", "one id for two", "misnamed", "long"],
)
def test_form_that_is_not_understood_is_refused_and_nothing_is_stored(
    company: Company, source: str, fields: dict[str, Any], names: list[str]
) -> None:
    data = {
        name: source
        if value == "SOURCE"
        else [source if v == "SOURCE" else v for v in value]
        if isinstance(value, list)
        else value
        for name, value in fields.items()
    }
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "POST",
        "/v1/documents",
        data=data,
        files=[(name, ("a.md", LEAVE)) for name in names] or {"acl": (None, "everyone")},
    )
    assert problem["code"] == "invalid_upload_form"
    assert company.ok("GET", f"/v1/sources/{source}/runs") == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\n--b--"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=" + "b" * 300, b""),
        ("multipart/form-data", b"--b--"),
        ("application/json", b"{}"),
    ],
)
def test_body_that_is_no_form_is_refused(company: Company, content_type: str, body: bytes) -> None:
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "POST",
        "/v1/documents",
        content=body,
        headers={"Content-Type": content_type},
    )
    assert problem["code"] == "invalid_upload_form"


def test_form_that_breaks_off_stores_nothing(company: Company, source: str) -> None:
    whole = (
        b"--b\r\nContent-Disposition: form-data; name=source_id\r\n\r\n"
        + source.encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
        + LEAVE
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/documents", content=whole, headers=headers
    )
    assert company.ok("GET", f"/v1/sources/{source}/runs") == []


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_bytes_of_each_file_of_a_form_arrive_as_they_are(
    company: Company, source: str, size: int
) -> None:
    content = (b"\r\n--b\r\n-\x00\xff" * (size // 9 + 1))[:size]
    files = [(f"{number}.bin", content + bytes([number])) for number in range(3)]
    receipt = push(company, source, *files)
    assert [result["status"] for result in receipt["results"]] == ["stored"] * 3
    store = company.vouch.embedded.services.uploads._store
    for name, expected in files:
        with store.open(source, name) as file:
            assert file.read() == expected


def test_file_over_the_limit_is_refused_and_the_others_are_stored(
    company: Company, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company.vouch.embedded.services.uploads, "_max_file_bytes", 1_000)
    receipt = push(company, source, ("a", b"x" * 1_001), ("b", b"x" * 1_000), ("c", b"x" * 5_000))
    assert [result["status"] for result in receipt["results"]] == ["refused", "stored", "refused"]
    problem = company.refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "POST",
        "/v1/documents",
        data={"source_id": source},
        files=[("files", ("a", b"x" * 1_001))],
    )
    assert problem["data"]["limit_bytes"] == 1_000


def endless(company: Company, method: str, path: str, *, headers: list[str]) -> tuple[int, int]:
    """Send a body without end; the answer's status, and how many bytes were sent until then."""
    host, port = company.vouch.url.removeprefix("http://").split(":")
    piece = b"x" * 65_536
    lines = [f"{method} {path} HTTP/1.1", "Host: vouch", "Transfer-Encoding: chunked", *headers]
    sent = 0
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.settimeout(0)
        start = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        pending = b"%x\r\n%s\r\n" % (len(start), start)
        while sent < 500_000_000:
            readable, writable, _ = select.select([connection], [connection], [], 30)
            if readable:
                return int(connection.recv(100).split()[1]), sent
            if writable:
                done = connection.send(pending)
                sent += done
                pending = pending[done:] or b"%x\r\n%s\r\n" % (len(piece), piece)
    raise AssertionError("it reads on and on")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/documents"), ("PUT", "/v1/sources/x/documents/a")]
)
def test_body_without_end_is_not_read_to_its_end(
    company: Company, source: str, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company.vouch.embedded.services.uploads, "_max_file_bytes", 1_000_000)
    form = "Content-Type: multipart/form-data; boundary=b"
    authorized = f"Authorization: Bearer {company.vouch.admin_key}"
    # What a socket takes before anyone reads is not read by Vouch.
    buffered = 20_000_000
    status, sent = endless(company, method, path, headers=[form])
    assert (status, sent < buffered) == (HTTPStatus.UNAUTHORIZED, True)
    status, sent = endless(
        company, method, path.replace("/x/", f"/{source}/"), headers=[form, authorized]
    )
    assert (status, sent < buffered + 12_000_000) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, True)


def test_client_that_hangs_up_leaves_nothing_and_no_bug_in_the_log(
    company: Company, source: str
) -> None:
    host, port = company.vouch.url.removeprefix("http://").split(":")
    head = (
        f"PUT /v1/sources/{source}/documents/a.md HTTP/1.1\r\nHost: vouch\r\n"
        f"Authorization: Bearer {company.vouch.admin_key}\r\nContent-Length: 1000\r\n\r\n"
    )
    with capture_logs() as events:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + LEAVE)
            time.sleep(0.3)
        time.sleep(0.3)
    # Syncs of other tests' sources may end meanwhile.
    assert [event for event in events if event["log_level"] not in ("debug", "info")] == []
    assert company.ok("GET", f"/v1/sources/{source}/runs") == []


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
