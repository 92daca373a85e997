"""The sync engine against a source that fails, stops and changes as the test says."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors.contract import SourceUnavailable
from core.catalog.models import Document, Source, utc_now
from core.settings import Settings
from tests.integration.conftest import RunningVouch
from tests.integration.ingest.conftest import register
from tests.integration.ingest.scripted import World
from vouch.client import ApiProblem

_UNAVAILABLE = "The system is busy."


def fill(world: World, documents: int) -> None:
    for number in range(documents):
        world.put(f"{number:03}.txt", f"Fact number {number} is about whales.")


def busy() -> SourceUnavailable:
    return SourceUnavailable(_UNAVAILABLE, retry_after_s=0.01)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def stored_paths(vouch: RunningVouch) -> set[str]:
    with vouch.embedded.services.database.read() as session:
        return set(session.scalars(select(Document.path)))


def change_source(vouch: RunningVouch, source: str, **values: Any) -> None:
    with vouch.embedded.services.database.write() as session:
        row = session.get_one(Source, source)
        for name, value in values.items():
            setattr(row, name, value)


def get_source(vouch: RunningVouch, source: str) -> dict[str, Any]:
    shown: dict[str, Any] = vouch.admin.get(f"/v1/sources/{source}")
    return shown


# Listings


def test_listing_that_fails_again_and_again_goes_on_from_its_last_milestone(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 40)
    world.milestone_every = 4
    # More often than a job is tried, so that only progress can explain the success.
    world.failures = [(after, busy()) for after in (5, 10, 15, 20, 25, 30, 35)]
    run = vouch.sync(source)
    assert (run["state"], run["added"]) == ("succeeded", 40)
    # What a milestone covered is not listed again: at most four items for each failure.
    assert 40 <= len(world.listed) <= 40 + 7 * 4


def test_second_sync_asks_for_changes_and_leaves_the_rest_as_it_is(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 20)
    vouch.sync(source)
    world.listed.clear()
    world.put("003.txt", "Fact number 3 is about dolphins now.")
    world.put("new.txt", "A new fact about seals.")
    world.delete("004.txt")
    run = vouch.sync(source)
    assert run["coverage"] == "changes"
    assert (run["added"], run["changed"], run["deleted"]) == (1, 1, 1)
    assert sorted(world.listed) == ["003.txt", "004.txt", "new.txt"]
    assert stored_paths(vouch) == set(world.documents)
    assert "004.txt" not in vouch.found_paths("Fact number 4 about whales")


def test_everything_can_be_asked_for_and_finds_what_a_change_listing_never_said(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 20)
    vouch.sync(source)
    del world.documents["007.txt"]
    assert vouch.sync(source)["deleted"] == 0
    run = vouch.sync(source, scope="everything")
    assert (run["coverage"], run["deleted"], run["unchanged"]) == ("everything", 1, 19)


def test_forgotten_checkpoint_is_answered_with_a_full_listing(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 5)
    vouch.sync(source)
    world.forget_checkpoints = True
    world.put("new.txt", "A new fact.")
    run = vouch.sync(source)
    assert (run["state"], run["coverage"], run["added"]) == ("succeeded", "everything", 1)


@pytest.mark.parametrize("change", [{"acl": ["group:hr"]}, {"config": {"world": "main"}}])
def test_changed_registration_is_applied_to_documents_that_did_not_change(
    vouch: RunningVouch, world: World, source: str, change: dict[str, Any]
) -> None:
    fill(world, 3)
    vouch.sync(source)
    vouch.admin.patch(f"/v1/sources/{source}", change)
    run = vouch.sync(source)
    assert (run["coverage"], run["chunks_embedded"]) == ("everything", 0)
    assert run["access_changed"] == (3 if "acl" in change else 0)


def test_what_is_named_after_a_failed_part_is_synced_and_what_is_not_named_is_kept(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 20)
    vouch.sync(source)
    del world.documents["019.txt"]
    world.put("010.txt", "Fact number 10 is about dolphins now.")
    world.acls["011.txt"] = ("group:hr",)
    world.failed_part = (5, "")
    run = vouch.sync(source, scope="everything")
    assert (run["changed"], run["access_changed"], run["deleted"]) == (1, 1, 0)
    assert "010.txt" in vouch.found_paths("dolphins")
    assert "011.txt" not in vouch.found_paths("Fact number 11")
    world.failed_part = None
    assert vouch.sync(source, scope="everything")["deleted"] == 1


def test_renamed_document_that_keeps_its_id_is_found_under_its_new_name(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 3)
    vouch.sync(source)
    world.paths["001.txt"] = "moved/porpoise.txt"
    world.log.append("001.txt")
    run = vouch.sync(source)
    assert (run["changed"], run["deleted"], run["chunks_embedded"]) == (1, 0, 0)
    assert "moved/porpoise.txt" in vouch.found_paths("porpoise")
    assert "001.txt" not in vouch.found_paths("Fact number 1")


def test_new_date_of_an_unchanged_document_is_shown_without_reading_it_again(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 3)
    vouch.sync(source)
    world.fetched.clear()
    world.dates["001.txt"] = datetime(2031, 5, 1, tzinfo=UTC)
    world.log.append("001.txt")
    run = vouch.sync(source)
    assert (run["unchanged"], run["changed"], world.fetched) == (1, 0, [])
    filters = {"updated_from": "2031-01-01T00:00:00Z"}
    answer = vouch.admin.post("/v1/search", {"query": "whales", "filters": filters})
    assert [hit["document"]["path"] for hit in answer["hits"]] == ["001.txt"]


def test_file_in_a_renamed_archive_is_found_under_the_new_name(
    vouch: RunningVouch, world: World, source: str
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.txt", "The narwhal has a tusk.")
    world.put("a.zip", packed.getvalue())
    vouch.sync(source)
    assert set(vouch.found_paths("narwhal tusk")) == {"a.zip", "a.zip/inner.txt"}
    world.paths["a.zip"] = "b.zip"
    world.log.append("a.zip")
    assert vouch.sync(source)["chunks_embedded"] == 0
    assert set(vouch.found_paths("narwhal tusk")) == {"b.zip", "b.zip/inner.txt"}


def test_expired_credentials_end_the_run_and_new_ones_let_the_next_go_on(
    vouch: RunningVouch, world: World
) -> None:
    fill(world, 6)
    world.password = "first"
    source = register(vouch, credentials={"password": "first"})
    vouch.sync(source)
    world.password = "second"
    world.put("new.txt", "A new fact.")
    run = vouch.sync(source)
    assert (run["state"], run["error_code"]) == ("failed", "credentials_refused")
    assert len(stored_paths(vouch)) == 6
    vouch.admin.patch(f"/v1/sources/{source}", {"credentials": {"password": "second"}})
    run = vouch.sync(source)
    assert (run["state"], run["added"], run["coverage"]) == ("succeeded", 1, "changes")


def test_wrong_scope_is_a_failed_run_and_never_an_empty_one(
    vouch: RunningVouch, world: World
) -> None:
    run = vouch.sync(register(vouch, config={"world": "mistyped"}))
    assert (run["state"], run["error_code"]) == ("failed", "source_misconfigured")
    assert "mistyped" in run["error_detail"]


# Failures of documents


def test_document_that_failed_for_a_while_is_tried_again_though_no_listing_names_it(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 3)
    vouch.sync(source)
    world.put("b.txt", "A fact about seals.")
    documents = world.documents
    world.documents = _Vanishing(documents)
    assert vouch.sync(source)["failed"] == 1
    world.documents = documents
    world.listed.clear()
    run = vouch.sync(source)
    assert world.listed == []
    assert (run["added"], run["failed"]) == (1, 0)


class _Vanishing(dict[str, bytes]):
    """Lists its documents and hands none of them out."""

    def get(self, key: str, default: Any = None) -> Any:
        return default


def test_retry_of_failures_lists_nothing_and_reads_only_those(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 3)
    world.put("broken.pdf", b"no pdf at all")
    assert vouch.sync(source)["failed"] == 1
    world.listed.clear()
    world.fetched.clear()
    run = vouch.sync(source, scope="failures")
    assert (run["state"], run["to_process"], run["failed"]) == ("succeeded", 1, 1)
    assert world.listed == []
    assert world.fetched == ["broken.pdf"]
    assert len(stored_paths(vouch)) == 4


# Deletions


def test_mass_removal_in_a_change_listing_waits_and_can_be_rejected_or_approved(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 30)
    vouch.sync(source)
    for number in range(15):
        world.delete(f"{number:03}.txt")
    run = vouch.sync(source)
    assert (run["state"], run["pending_deletions"]) == ("awaiting_approval", 15)
    assert len(stored_paths(vouch)) == 30
    gauge = f'vouch_source_pending_deletions{{source_id="{source}"}}'
    assert f"{gauge} 15.0" in httpx.get(f"{vouch.url}/metrics").text
    run = vouch.admin.post(f"/v1/sources/{source}/runs/{run['id']}/reject-deletions")
    assert (run["state"], run["pending_deletions"]) == ("succeeded", 0)
    assert len(stored_paths(vouch)) == 30
    assert f"{gauge} 0.0" in httpx.get(f"{vouch.url}/metrics").text
    again = vouch.sync(source)
    assert (again["state"], again["pending_deletions"]) == ("awaiting_approval", 15)
    vouch.admin.post(f"/v1/sources/{source}/runs/{again['id']}/approve-deletions")
    run = vouch.wait(source, again["id"])
    assert (run["state"], run["deleted"]) == ("succeeded", 15)
    assert stored_paths(vouch) == set(world.documents)
    assert vouch.sync(source)["coverage"] == "changes"


def test_dry_run_of_changes_says_what_would_go_and_touches_nothing(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 5)
    vouch.sync(source)
    world.delete("001.txt")
    world.put("002.txt", "Changed.")
    run = vouch.sync(source, dry_run=True)
    assert (run["changed"], run["deleted"], run["state"]) == (1, 1, "succeeded")
    assert "would delete: 001.txt" in run["notices"]
    assert len(stored_paths(vouch)) == 5
    # Nor is the checkpoint used up.
    assert vouch.sync(source)["deleted"] == 1


# Children


def test_child_is_read_by_those_who_may_read_its_parent_and_goes_with_it(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.put("mail.txt", "The mail about the whale survey.")
    world.put("mail.txt/survey.txt", "The survey counted forty whales.")
    world.put("other.txt", "A fact about seals.")
    world.parents["mail.txt/survey.txt"] = "mail.txt"
    world.acls["mail.txt"] = ("user:ana@acme.test",)
    vouch.sync(source)
    assert "mail.txt/survey.txt" in vouch.found_paths("survey counted whales")
    assert "mail.txt/survey.txt" not in vouch.found_paths("survey", user="ben@acme.test")
    world.delete("mail.txt")
    run = vouch.sync(source)
    assert run["deleted"] == 2
    assert stored_paths(vouch) == {"other.txt"}


# Running by itself


def test_cancelled_run_keeps_what_it_indexed_and_the_next_does_the_rest(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 8)
    world.gate = threading.Event()
    run = vouch.admin.post(f"/v1/sources/{source}/sync", {})
    cancelled = vouch.admin.post(f"/v1/sources/{source}/runs/{run['id']}/cancel")
    assert cancelled["state"] == "cancelled"
    with pytest.raises(ApiProblem) as caught:
        vouch.admin.post(f"/v1/sources/{source}/runs/{run['id']}/cancel")
    assert caught.value.problem["code"] == "run_ended"
    world.gate.set()
    run = vouch.sync(source)
    assert (run["state"], run["seen"]) == ("succeeded", 8)
    assert vouch.admin.get(f"/v1/sources/{source}/runs/{cancelled['id']}")["state"] == "cancelled"
    assert stored_paths(vouch) == set(world.documents)


def test_source_that_is_due_is_synced_by_its_schedule_once(
    vouch: RunningVouch, world: World
) -> None:
    fill(world, 2)
    source = register(vouch, sync={"schedule": "every 1d"})
    assert get_source(vouch, source)["next_sync_at"] is not None
    assert vouch.admin.get(f"/v1/sources/{source}/runs") == []
    world.gate = threading.Event()
    change_source(vouch, source, next_sync_at=utc_now() - timedelta(minutes=1))
    wait_until(lambda: len(vouch.admin.get(f"/v1/sources/{source}/runs")) == 1)
    # Due again while the first run is still under way: never two at once.
    change_source(vouch, source, next_sync_at=utc_now() - timedelta(minutes=1))
    wait_until(lambda: get_source(vouch, source)["next_sync_at"] > utc_now().isoformat())
    (run,) = vouch.admin.get(f"/v1/sources/{source}/runs")
    assert run["requested_by"] == "schedule"
    world.gate.set()
    assert vouch.wait(source, run["id"])["added"] == 2


@pytest.mark.parametrize("state", ["paused", "suspended"])
def test_schedule_of_a_source_that_is_held_back_waits_until_it_is_resumed(
    vouch: RunningVouch, world: World, state: str
) -> None:
    source = register(vouch, sync={"schedule": "every 1d"})
    if state == "paused":
        vouch.admin.post(f"/v1/sources/{source}/pause")
    else:
        change_source(vouch, source, suspended_until=utc_now() + timedelta(hours=1))
    change_source(vouch, source, next_sync_at=utc_now() - timedelta(minutes=1))
    time.sleep(2.5)
    assert vouch.admin.get(f"/v1/sources/{source}/runs") == []
    vouch.admin.post(f"/v1/sources/{source}/resume")
    wait_until(lambda: len(vouch.admin.get(f"/v1/sources/{source}/runs")) == 1)


def test_source_that_keeps_failing_is_suspended_with_its_cause_until_it_succeeds(
    vouch: RunningVouch,
    world: World,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.password = "right"
    source = register(vouch, credentials={"password": "wrong"})
    for _ in range(3):
        assert get_source(vouch, source)["suspended_until"] is None
        vouch.sync(source)
    shown = get_source(vouch, source)
    assert shown["consecutive_failures"] == 3
    assert shown["suspended_until"] is not None
    # Where it is written depends on whether a command has configured logging in this process.
    logged = capsys.readouterr().out + caplog.text
    alert = next(line for line in logged.splitlines() if "suspended" in line)
    assert "credentials_refused" in alert
    assert "docs@acme.test" in alert
    world.password = "wrong"
    assert vouch.sync(source)["state"] == "succeeded"
    shown = get_source(vouch, source)
    assert (shown["consecutive_failures"], shown["suspended_until"]) == (0, None)


def test_notices_during_a_run_lead_to_one_more_run(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 2)
    world.gate = threading.Event()
    first = vouch.admin.post(f"/v1/sources/{source}/notify")
    for _ in range(3):
        assert vouch.admin.post(f"/v1/sources/{source}/notify")["id"] == first["id"]
    world.gate.set()
    vouch.wait(source, first["id"])
    wait_until(lambda: len(vouch.admin.get(f"/v1/sources/{source}/runs")) == 2)
    latest = vouch.admin.get(f"/v1/sources/{source}/runs")[0]
    assert vouch.wait(source, latest["id"])["state"] == "succeeded"
    assert len(vouch.admin.get(f"/v1/sources/{source}/runs")) == 2


def test_invalid_schedule_is_refused(vouch: RunningVouch, world: World) -> None:
    with pytest.raises(ApiProblem) as caught:
        register(vouch, sync={"schedule": "hourly"})
    assert caught.value.problem["code"] == "invalid_schedule"


# Access


def test_groups_of_the_system_open_documents_and_close_them_again(
    vouch: RunningVouch, world: World
) -> None:
    world.put("pay.txt", "The pay scale of the whale team.")
    world.acls["pay.txt"] = ("group:whales",)
    world.groups = {"whales": ("ana@acme.test",)}
    source = register(vouch, sync={"groups_schedule": "every 1d"})
    vouch.sync(source)
    assert vouch.found_paths("pay scale") == []
    change_source(vouch, source, next_groups_sync_at=utc_now() - timedelta(minutes=1))
    wait_until(lambda: vouch.found_paths("pay scale") == ["pay.txt"])
    explained = _explain(vouch, "pay.txt", "ana@acme.test")
    assert explained["may_read"]
    assert {"token": "group:whales", "origins": ["scripted"], "is_on_document": True} in (
        explained["grants"]
    )
    world.groups = {}
    change_source(vouch, source, next_groups_sync_at=utc_now() - timedelta(minutes=1))
    wait_until(lambda: vouch.found_paths("pay scale") == [])


def test_source_with_stale_access_lists_is_shown_to_nobody(
    vouch: RunningVouch, world: World
) -> None:
    world.put("a.txt", "A fact about whales.")
    source = register(vouch, sync={"access_max_age_s": 3600})
    vouch.sync(source)
    (hit,) = vouch.admin.post("/v1/search", {"query": "whales"})["hits"]
    document = hit["document"]["id"]
    change_source(vouch, source, access_checked_at=utc_now() - timedelta(hours=2))
    assert vouch.admin.post("/v1/search", {"query": "whales"})["hits"] == []
    with pytest.raises(ApiProblem) as caught:
        vouch.admin.get(f"/v1/documents/{document}")
    assert caught.value.problem["status"] == 404
    explained = _explain(vouch, "a.txt", "ana@acme.test")
    assert (explained["may_read"], explained["is_source_stale"]) == (False, True)
    vouch.sync(source)
    assert vouch.found_paths("whales") == ["a.txt"]


@pytest.mark.parametrize(
    ("acl", "may_read", "reason"),
    [
        (("everyone",), True, "Everyone may."),
        (("user:ana@acme.test",), True, "user:ana@acme.test is on the document's access list."),
        (("user:ben@acme.test",), False, "ana@acme.test holds none of the tokens"),
        ((), False, "the document's access list is empty"),
    ],
)
def test_explanation_says_what_the_search_does(
    vouch: RunningVouch,
    world: World,
    source: str,
    acl: tuple[str, ...],
    may_read: bool,
    reason: str,
) -> None:
    world.put("a.txt", "A fact about whales.")
    world.acls["a.txt"] = acl
    vouch.sync(source)
    explained = _explain(vouch, "a.txt", "ana@acme.test")
    assert explained["may_read"] == may_read
    assert reason in explained["reason"]
    assert vouch.found_paths("whales") == (["a.txt"] if may_read else [])


def _explain(vouch: RunningVouch, path: str, user: str) -> dict[str, Any]:
    with vouch.embedded.services.database.read() as session:
        document = session.scalars(select(Document.id).where(Document.path == path)).one()
    shown: dict[str, Any] = vouch.admin.get("/v1/access/explain", user=user, document=document)
    return shown


# Credentials


def test_credentials_are_nowhere_to_be_read(
    vouch: RunningVouch,
    world: World,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "correct-horse-battery-staple"
    world.password = secret
    world.put("a.txt", "A fact about whales.")
    source = register(vouch, credentials={"password": secret})
    run = vouch.sync(source)
    assert run["state"] == "succeeded"
    assert secret not in str(get_source(vouch, source)) + str(run)
    output = capsys.readouterr()
    assert secret not in output.out + output.err + caplog.text
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not any(secret.encode() in path.read_bytes() for path in files)


def test_refused_credentials_are_not_repeated(vouch: RunningVouch, world: World) -> None:
    with pytest.raises(ApiProblem) as caught:
        register(vouch, credentials={"pasword": "correct-horse"})
    assert caught.value.problem["code"] == "source_misconfigured"
    assert "correct-horse" not in str(caught.value.problem)
