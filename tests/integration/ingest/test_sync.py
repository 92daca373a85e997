"""The sync engine over the filesystem connector, from the API to what search finds."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from core.catalog.models import Job, JobState
from core.settings import Settings
from tests.integration.conftest import RunningVouch, start_vouch
from vouch.client import ApiProblem

LEAVE = "# Leave policy\n\nFull-time employees receive 27 days of paid annual leave.\n"
TRAVEL = (
    "# Travel policy\n\nBook trains in second class unless the journey takes over five hours.\n"
)


@pytest.fixture
def handbook(docs: Path) -> Path:
    (docs / "leave.md").write_text(LEAVE)
    (docs / "travel.md").write_text(TRAVEL)
    return docs


def test_first_sync_adds_every_document_and_search_finds_them(
    vouch: RunningVouch, handbook: Path
) -> None:
    run = vouch.sync(vouch.register(handbook))
    assert run["state"] == "succeeded"
    assert (run["seen"], run["added"], run["failed"]) == (2, 2, 0)
    assert run["coverage"] == "everything"
    assert vouch.found_paths("annual leave days")[0] == "leave.md"


def test_second_sync_of_an_unchanged_folder_embeds_nothing(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    run = vouch.sync(source)
    assert (run["unchanged"], run["added"], run["changed"]) == (2, 0, 0)
    assert (run["to_process"], run["chunks_embedded"], run["bytes_fetched"]) == (0, 0, 0)


def test_touched_file_with_the_same_bytes_is_read_and_not_indexed_again(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    os.utime(handbook / "leave.md", ns=(1, 1))
    run = vouch.sync(source)
    assert (run["unchanged"], run["changed"], run["to_process"]) == (2, 0, 1)
    assert run["chunks_embedded"] == run["chunks_reused"] == 0


def test_changed_file_embeds_only_the_chunks_that_changed(vouch: RunningVouch, docs: Path) -> None:
    sections = [f"## Section {n}\n\n" + f"Rule {n} concerns topic {n}. " * 60 for n in range(6)]
    (docs / "rules.md").write_text("# Rules\n\n" + "\n\n".join(sections))
    source = vouch.register(docs)
    first = vouch.sync(source)
    sections[3] = sections[3].replace("concerns", "governs")
    (docs / "rules.md").write_text("# Rules\n\n" + "\n\n".join(sections))
    second = vouch.sync(source)
    assert second["changed"] == 1
    assert 0 < second["chunks_embedded"] < first["chunks_embedded"] / 2
    assert second["chunks_reused"] > first["chunks_embedded"] / 2
    hits = vouch.admin.post("/v1/search", {"query": "Rule 3 governs topic 3", "top_k": 50})["hits"]
    texts = [hit["passage"]["text"] for hit in hits]
    assert any("Rule 3 governs" in text for text in texts)
    assert not any("Rule 3 concerns" in text for text in texts)


def test_shortened_file_leaves_no_chunk_of_its_old_end(vouch: RunningVouch, docs: Path) -> None:
    (docs / "a.md").write_text("# A\n\n" + "Alpha beta gamma delta. " * 300 + "\n\nzebra tail\n")
    source = vouch.register(docs)
    vouch.sync(source)
    (docs / "a.md").write_text("# A\n\nAlpha beta.\n")
    vouch.sync(source)
    hits = vouch.admin.post("/v1/search", {"query": "zebra tail", "top_k": 50})["hits"]
    assert [hit["passage"]["text"] for hit in hits] == ["A\n\nAlpha beta."]


def test_renamed_file_embeds_nothing_and_is_found_under_its_new_name_only(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    (handbook / "travel.md").rename(handbook / "journeys.md")
    run = vouch.sync(source)
    assert (run["added"], run["deleted"], run["chunks_embedded"]) == (1, 1, 0)
    paths = vouch.found_paths("trains in second class")
    assert "journeys.md" in paths
    assert "travel.md" not in paths


def test_deleted_file_is_gone_from_search_texts_and_catalog_with_a_receipt(
    vouch: RunningVouch, handbook: Path, settings: Settings
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    hit = vouch.admin.post("/v1/search", {"query": "second class trains", "top_k": 1})["hits"][0]
    assert hit["document"]["path"] == "travel.md"
    (handbook / "travel.md").unlink()
    run = vouch.sync(source)
    assert run["deleted"] == 1
    assert vouch.found_paths("trains in second class") == ["leave.md"]
    stored = [path.read_text() for path in (settings.data_dir / "texts").rglob("*.txt")]
    assert len(stored) == 1
    assert "trains" not in stored[0]


def test_mass_deletion_waits_for_approval_and_then_happens(vouch: RunningVouch, docs: Path) -> None:
    for number in range(12):
        (docs / f"{number}.txt").write_text(f"Fact number {number} is about whales.")
    source = vouch.register(docs)
    vouch.sync(source)
    for path in docs.iterdir():
        if path.name != "0.txt":
            path.unlink()
    run = vouch.sync(source)
    assert (run["state"], run["pending_deletions"], run["deleted"]) == ("awaiting_approval", 11, 0)
    assert len(vouch.found_paths("whales")) == 12
    vouch.admin.post(f"/v1/sources/{source}/runs/{run['id']}/approve-deletions")
    run = vouch.wait(source, run["id"])
    assert (run["state"], run["deleted"]) == ("succeeded", 11)
    assert vouch.found_paths("whales") == ["0.txt"]


def test_empty_listing_deletes_nothing_by_itself(vouch: RunningVouch, handbook: Path) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    for path in handbook.iterdir():
        path.unlink()
    run = vouch.sync(source)
    assert (run["state"], run["pending_deletions"]) == ("awaiting_approval", 2)
    assert vouch.found_paths("annual leave") != []


def test_moving_a_whole_folder_is_no_mass_deletion(vouch: RunningVouch, docs: Path) -> None:
    (docs / "old").mkdir()
    for number in range(12):
        (docs / "old" / f"{number}.txt").write_text(f"Fact number {number} is about whales.")
    source = vouch.register(docs)
    vouch.sync(source)
    (docs / "old").rename(docs / "new")
    run = vouch.sync(source)
    assert (run["state"], run["added"], run["deleted"]) == ("succeeded", 12, 12)
    assert run["chunks_embedded"] == 0


def test_dry_run_tells_the_difference_and_changes_nothing(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    run = vouch.sync(source, dry_run=True)
    assert (run["state"], run["added"]) == ("succeeded", 2)
    assert "would add: leave.md" in run["notices"]
    assert vouch.found_paths("annual leave") == []
    vouch.sync(source)
    (handbook / "leave.md").unlink()
    run = vouch.sync(source, dry_run=True)
    assert (run["unchanged"], run["deleted"]) == (1, 1)
    assert "would delete: leave.md" in run["notices"]
    assert "leave.md" in vouch.found_paths("annual leave")


def test_failed_document_keeps_its_last_good_revision(vouch: RunningVouch, docs: Path) -> None:
    (docs / "data.json").write_text('{"codename": "Bluebird", "budget": 1200}')
    source = vouch.register(docs)
    vouch.sync(source)
    (docs / "data.json").write_text('{"codename": "Blueb')
    run = vouch.sync(source)
    assert run["failed"] == 1
    failure = vouch.failures(source)["data.json"]
    assert failure["still_served"]
    assert not failure["is_transient"]
    assert vouch.found_paths("codename Bluebird") == ["data.json"]


def test_failed_document_is_tried_again_only_when_it_changes_or_on_request(
    vouch: RunningVouch, docs: Path
) -> None:
    (docs / "bad.json").write_text("{")
    source = vouch.register(docs)
    assert vouch.sync(source)["to_process"] == 1
    again = vouch.sync(source)
    assert (again["to_process"], again["failed"]) == (0, 1)
    assert vouch.sync(source, scope="failures")["to_process"] == 1
    (docs / "bad.json").write_text('{"now": "it is whole"}')
    run = vouch.sync(source)
    assert (run["added"], run["failed"]) == (1, 0)
    assert vouch.failures(source) == {}


def test_access_change_updates_the_index_without_reading_the_document(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    assert "leave.md" in vouch.found_paths("annual leave")
    rules = [{"glob": "leave.md", "allow": ["group:hr"]}]
    config = {"root": str(handbook), "access_rules": rules}
    vouch.admin.patch(f"/v1/sources/{source}", {"config": config})
    run = vouch.sync(source)
    assert (run["access_changed"], run["to_process"], run["chunks_embedded"]) == (1, 0, 0)
    assert "leave.md" not in vouch.found_paths("annual leave")


def test_damaged_index_is_found_at_start_and_indexed_again(
    settings: Settings, handbook: Path
) -> None:
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        source = vouch.register(handbook)
        vouch.sync(source)
        hits = vouch.admin.post("/v1/search", {"query": "leave", "top_k": 10})["hits"]
        document = next(h["document"] for h in hits if h["document"]["path"] == "leave.md")
        vouch.embedded.services.index.delete_document(document["id"])
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        run = vouch.admin.get(f"/v1/sources/{source}/runs", limit=1)[0]
        assert run["requested_by"] == "start-up check"
        vouch.wait(source, run["id"])
        assert "leave.md" in vouch.found_paths("annual leave")


def test_second_run_of_a_source_is_refused_while_one_is_under_way(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    run = vouch.admin.post(f"/v1/sources/{source}/sync")
    with pytest.raises(ApiProblem) as caught:
        vouch.admin.post(f"/v1/sources/{source}/sync")
    assert caught.value.problem["status"] == 409
    assert caught.value.problem["data"]["run_id"] == run["id"]
    vouch.wait(source, run["id"])


def test_vanished_root_fails_the_run_and_deletes_nothing(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    vouch.sync(source)
    handbook.rename(handbook.with_name("elsewhere"))
    run = vouch.sync(source)
    assert (run["state"], run["error_code"]) == ("failed", "source_misconfigured")
    assert vouch.found_paths("annual leave") != []


def test_approving_a_run_that_another_has_followed_is_refused(
    vouch: RunningVouch, docs: Path
) -> None:
    contents = {f"{number}.txt": f"Fact number {number} is about whales." for number in range(12)}
    for name, text in contents.items():
        (docs / name).write_text(text)
    source = vouch.register(docs)
    vouch.sync(source)
    for name in contents:
        (docs / name).unlink()
    stopped = vouch.sync(source)
    assert stopped["state"] == "awaiting_approval"
    for name, text in contents.items():
        (docs / name).write_text(text)
    assert vouch.sync(source)["state"] == "succeeded"
    with pytest.raises(ApiProblem) as caught:
        vouch.admin.post(f"/v1/sources/{source}/runs/{stopped['id']}/approve-deletions")
    assert caught.value.problem["code"] == "nothing_to_approve"
    assert len(vouch.found_paths("whales")) == 12


def test_listing_job_that_runs_a_second_time_leaves_the_ended_run_as_it_is(
    vouch: RunningVouch, handbook: Path
) -> None:
    source = vouch.register(handbook)
    run = vouch.sync(source)
    services = vouch.embedded.services
    with services.database.write() as session:
        job = session.scalars(select(Job).where(Job.unique_key == f"sync:{run['id']}")).one()
        job.state = JobState.PENDING
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with services.database.read() as session:
            if session.get_one(Job, job.id).state == JobState.DONE:
                break
        time.sleep(0.05)
    again = vouch.admin.get(f"/v1/sources/{source}/runs/{run['id']}")
    assert again == run
