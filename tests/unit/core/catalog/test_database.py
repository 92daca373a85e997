"""Transactions on a catalog that several threads use at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError

from core.catalog.database import Database
from core.catalog.models import AuditEvent, GroupMember, SyncRun


def _members(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(GroupMember)) or 0


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    def add_and_fail() -> None:
        with database.write() as session:
            session.add(GroupMember(group="hr", user="ana"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert _members(database) == 0


def test_reading_session_stores_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(GroupMember(group="hr", user="ana"))
        session.flush()
    assert _members(database) == 0


def test_writers_that_read_first_wait_for_each_other_and_lose_no_update(
    database: Database,
) -> None:
    def add_one(_: int) -> None:
        with database.write() as session:
            count = session.scalar(select(func.count()).select_from(GroupMember)) or 0
            session.add(GroupMember(group="hr", user=f"user-{count}"))

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(add_one, range(40)))
    assert _members(database) == 40


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(SyncRun(source_id="no such source", state="queued", requested_by="ana"))


def test_datetime_comes_back_in_utc_whatever_zone_it_was_given_in(database: Database) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        session.add(AuditEvent(at=at, actor="ana", action="x", subject="y", details={}))
    with database.read() as session:
        stored = session.scalars(select(AuditEvent)).one().at
    assert stored == at
    assert stored.tzinfo is UTC


def test_datetime_without_a_zone_is_refused(database: Database) -> None:
    at = datetime(2026, 3, 1, 12)  # noqa: DTZ001  (that it is refused is the point)
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(AuditEvent(at=at, actor="ana", action="x", subject="y", details={}))


def test_catalog_survives_being_closed_and_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    first = Database(url)
    first.upgrade()
    with first.write() as session:
        session.add(GroupMember(group="hr", user="ana"))
    first.close()
    second = Database(url)
    second.upgrade()
    assert _members(second) == 1
    second.close()
