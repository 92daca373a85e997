"""`vouch ingest`: which source a folder becomes, and how its sync is followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from tests.unit.vouch.fakes import FakeClient
from vouch.client import ApiProblem
from vouch.ingesting import SourceDiffers, ensure_source, print_failures, run_sync

ROOT = Path("/srv/handbook")
REGISTERED = {"id": "s1", "name": "handbook", "config": {"root": "/srv/handbook"}}


def ensure(client: FakeClient, **options: Any) -> dict[str, Any]:
    given = {"name": None, "owner": None, "acl": ()} | options
    return ensure_source(client, ROOT, **given)


def server(sources: list[dict[str, Any]]) -> FakeClient:
    return FakeClient(
        {
            "GET /v1/me": [{"user": "ana@acme.test"}],
            "GET /v1/sources": [sources],
            "POST /v1/sources": [REGISTERED],
            "PATCH /v1/sources/s1": [REGISTERED],
        }
    )


def test_new_folder_is_registered_under_its_own_name_for_its_ingester_alone() -> None:
    client = server([])
    ensure(client)
    assert client.sent("POST /v1/sources") == [
        {
            "name": "handbook",
            "kind": "filesystem",
            "config": {"root": "/srv/handbook", "access_rules": []},
            "acl": ["user:ana@acme.test"],
            "owner": {"name": "ana@acme.test", "contact": "ana@acme.test"},
        }
    ]


def test_access_by_glob_becomes_rules_in_the_order_given() -> None:
    client = server([])
    acl = ["hr/**=group:hr", "everyone", "hr/**=user:cy", "a=b/*=group:x"]
    ensure(client, acl=acl)
    (body,) = client.sent("POST /v1/sources")
    assert body["acl"] == ["everyone"]
    assert body["config"]["access_rules"] == [
        {"glob": "hr/**", "allow": ["group:hr", "user:cy"]},
        {"glob": "a=b/*", "allow": ["group:x"]},
    ]


def test_known_folder_is_used_as_it_is() -> None:
    client = server([REGISTERED])
    assert ensure(client) == REGISTERED
    assert [call for call, _ in client.calls if not call.startswith("GET")] == []


def test_known_folder_takes_over_only_what_is_given() -> None:
    client = server([REGISTERED])
    ensure(client, owner="People team <people@acme.test>")
    assert client.sent("PATCH /v1/sources/s1") == [
        {"owner": {"name": "People team", "contact": "people@acme.test"}}
    ]


def test_name_of_another_folder_is_refused() -> None:
    other = {**REGISTERED, "config": {"root": "/srv/elsewhere"}}
    with pytest.raises(SourceDiffers, match=r"/srv/elsewhere.*--source"):
        ensure(server([other]))


@pytest.mark.parametrize("owner", ["People team", "<people@acme.test>", "a <b", "a <b> c"])
def test_owner_without_a_name_or_contact_is_refused(owner: str) -> None:
    with pytest.raises(ConfigurationError, match="Name <contact>"):
        ensure(server([]), owner=owner)


def run(state: str, **changes: Any) -> dict[str, Any]:
    counts = dict.fromkeys(
        "seen added changed unchanged access_changed deleted failed pending_deletions to_process "
        "processed chunks_embedded tokens_embedded chunks_reused".split(),
        0,
    )
    return {"id": "r1", "state": state, "dry_run": False, "notices": [], **counts, **changes}


def sync(
    client: FakeClient, *, dry_run: bool = False, approve_deletions: bool = False
) -> dict[str, Any]:
    return run_sync(
        client, "s1", dry_run=dry_run, scope="changes", approve_deletions=approve_deletions
    )


def test_sync_is_followed_until_it_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    ended = run("succeeded", seen=3, added=2, failed=1, chunks_embedded=7, tokens_embedded=90)
    client = FakeClient(
        {
            "POST /v1/sources/s1/sync": [run("queued")],
            "GET /v1/sources/s1/runs/r1": [run("listing"), run("processing"), ended],
        }
    )
    assert sync(client) == ended
    printed = capsys.readouterr().out
    assert "3 documents: 2 added, 1 failed." in printed
    assert "Chunks embedded: 7 (90 tokens); reused: 0." in printed


def test_interrupted_sync_is_seen_to_its_end_before_a_new_one() -> None:
    problem = ApiProblem({"code": "run_in_progress", "data": {"run_id": "r0"}})
    client = FakeClient(
        {
            "POST /v1/sources/s1/sync": [problem, run("queued")],
            "GET /v1/sources/s1/runs/r0": [run("processing"), run("succeeded")],
            "GET /v1/sources/s1/runs/r1": [run("succeeded", seen=1)],
        }
    )
    assert sync(client)["seen"] == 1


def test_other_problems_are_not_taken_for_an_interrupted_sync() -> None:
    problem = ApiProblem({"code": "not_allowed", "detail": "No."})
    with pytest.raises(ApiProblem, match=r"No\."):
        sync(FakeClient({"POST /v1/sources/s1/sync": [problem]}))


def test_stopped_deletions_are_explained_and_happen_only_when_approved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    replies = {
        "POST /v1/sources/s1/sync": [run("queued")],
        "GET /v1/sources/s1/runs/r1": [
            run("awaiting_approval", pending_deletions=11),
            run("succeeded", deleted=11),
        ],
        "POST /v1/sources/s1/runs/r1/approve-deletions": [run("processing")],
    }
    client = FakeClient(replies)
    assert sync(client)["state"] == "awaiting_approval"
    assert client.sent("POST /v1/sources/s1/runs/r1/approve-deletions") == []
    printed = capsys.readouterr().out
    assert "11 documents are missing" in printed
    assert "--approve-deletions" in printed
    assert sync(FakeClient(replies), approve_deletions=True)["deleted"] == 11


def test_dry_run_is_announced_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    ended = run("succeeded", dry_run=True, seen=1, added=1, notices=["would add: a.md"])
    client = FakeClient(
        {"POST /v1/sources/s1/sync": [ended], "GET /v1/sources/s1/runs/r1": [ended]}
    )
    sync(client, dry_run=True)
    assert client.sent("POST /v1/sources/s1/sync") == [{"dry_run": True, "scope": "changes"}]
    printed = capsys.readouterr().out
    assert printed.startswith("Dry run, nothing changed: 1 documents: 1 added.")
    assert "would add: a.md" in printed
    assert "embedded" not in printed


def test_failures_are_printed_with_their_reasons_and_how_to_see_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failure = {"path": "a.pdf", "code": "encrypted_document", "detail": "Remove the password."}
    page = {"total": 3, "failures": [failure]}
    print_failures(FakeClient({"GET /v1/sources/s1/failures": [page]}), "s1")
    printed = capsys.readouterr().out
    assert "a.pdf: encrypted_document: Remove the password." in printed
    assert "and 2 more" in printed
