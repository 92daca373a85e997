"""Removing a source: everything that came from it goes, and nothing else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.catalog.models import (
    AuditEvent,
    Document,
    GroupMember,
    Job,
    JobState,
    Source,
    SourceCredentials,
    utc_now,
)
from core.chunks import DocumentId
from core.jobs import SyncGroups
from core.settings import Settings
from tests.integration.conftest import RunningVouch
from tests.integration.ingest.conftest import register
from tests.integration.ingest.scripted import World
from tests.integration.ingest.test_engine import fill, stored_paths, wait_until
from vouch.client import ApiProblem


def is_gone(vouch: RunningVouch, source: str) -> bool:
    with vouch.embedded.services.database.read() as session:
        return session.get(Source, source) is None


def test_removed_source_leaves_receipts_and_nothing_else(
    vouch: RunningVouch, world: World, source: str, settings: Settings
) -> None:
    fill(world, 5)
    world.put("attached.txt", "An attached fact about whales.")
    world.parents["attached.txt"] = "001.txt"
    world.groups = {"crew": ("ana@acme.test",)}
    other = register(vouch, name="other", credentials={"password": "unused"})
    for each in (source, other):
        vouch.sync(each)
    database = vouch.embedded.services.database
    with database.write() as session:
        session.add(GroupMember(group="crew", user="ana@acme.test", origin=source))
    with database.read() as session:
        ids = session.scalars(select(Document.id).where(Document.source_id == source)).all()
    assert len(ids) == 6
    cache = settings.data_dir / "cache"
    assert (cache / source).is_dir()

    shown = vouch.admin.get(f"/v1/sources/{source}")
    assert shown["is_being_removed"] is False
    vouch.admin.delete(f"/v1/sources/{source}")
    wait_until(lambda: is_gone(vouch, source))

    with pytest.raises(ApiProblem) as caught:
        vouch.admin.get(f"/v1/sources/{source}")
    assert caught.value.problem["code"] == "source_not_found"
    counts = vouch.embedded.services.index.count_by_document()
    assert not set(ids) & {str(document_id) for document_id in counts}
    assert len(counts) == 6
    assert not (cache / source).exists()
    assert not any((settings.data_dir / "texts" / document_id).exists() for document_id in ids)
    with database.read() as session:
        assert session.scalars(select(Document.source_id).distinct()).all() == [other]
        assert session.scalars(select(GroupMember.origin)).all() == []
        assert session.scalars(select(SourceCredentials.source_id)).all() == [other]
        assert session.scalars(select(Job).where(Job.source_id == source)).all() == []
        receipts = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "document_deleted")
        ).all()
        assert {receipt.subject for receipt in receipts} == set(ids)
        removed = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "source_removed")
        ).one()
        assert (removed.subject, removed.actor) == (source, "admin")


def test_source_that_is_being_removed_is_shown_to_nobody_and_takes_nothing_new(
    vouch: RunningVouch, world: World, source: str
) -> None:
    fill(world, 3)
    vouch.sync(source)
    # A listing that waits: the removal cannot go on until it has ended.
    world.gate = threading.Event()
    run = vouch.admin.post(f"/v1/sources/{source}/sync", {"scope": "everything"})
    wait_until(
        lambda: vouch.admin.get(f"/v1/sources/{source}/runs/{run['id']}")["state"] == "listing"
    )
    for _ in range(2):
        vouch.admin.delete(f"/v1/sources/{source}")
    assert vouch.admin.get(f"/v1/sources/{source}")["is_being_removed"] is True
    assert vouch.admin.get(f"/v1/sources/{source}/runs/{run['id']}")["state"] == "cancelled"
    assert vouch.found_paths("whales") == []
    with vouch.embedded.services.database.read() as session:
        document = session.scalars(select(Document.id).limit(1)).one()
    why = vouch.admin.get("/v1/access/explain", user="ana@acme.test", document=document)
    assert (why["may_read"], "being removed" in why["reason"]) == (False, True)
    with pytest.raises(ApiProblem):
        vouch.admin.get(f"/v1/documents/{document}")
    for action in ("sync", "notify"):
        with pytest.raises(ApiProblem) as caught:
            vouch.admin.post(f"/v1/sources/{source}/{action}")
        assert caught.value.problem["code"] == "source_being_removed"
    world.gate.set()
    wait_until(lambda: is_gone(vouch, source))
    assert stored_paths(vouch) == set()


def test_removal_that_was_cut_short_is_done_again_and_finishes(
    vouch: RunningVouch, world: World, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, 4)
    vouch.sync(source)
    index = vouch.embedded.services.index
    deleted: list[str] = []
    delete_document = index.delete_document

    def dies_once(document_id: DocumentId, *, from_ordinal: int = 0) -> None:
        deleted.append(document_id)
        if len(deleted) == 3:
            raise OSError("the disk hiccups")
        delete_document(document_id, from_ordinal=from_ordinal)

    monkeypatch.setattr(index, "delete_document", dies_once)
    vouch.admin.delete(f"/v1/sources/{source}")
    wait_until(lambda: is_gone(vouch, source))
    assert len(deleted) == 3 + 4
    assert index.count() == 0


def test_removal_waits_for_nobody_whose_lease_has_ended(vouch: RunningVouch, source: str) -> None:
    """A worker that was killed holds its job for ever, and its lease for a while."""
    with vouch.embedded.services.database.write() as session:
        session.add(
            Job(
                unique_key="of the dead",
                source_id=source,
                payload=SyncGroups(source_id=source).model_dump(),
                state=JobState.RUNNING,
                lease_expires_at=utc_now(),
                not_before=utc_now() + timedelta(days=1),
            )
        )
    vouch.admin.delete(f"/v1/sources/{source}")
    wait_until(lambda: is_gone(vouch, source))
