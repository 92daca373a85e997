"""The first admin key, and how later commands find the server."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.catalog.database import Database
from core.catalog.models import Role
from core.identity import Identity
from vouch.server import ADMIN_KEY_FILE, SERVER_FILE, announced, ensure_admin_key


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    database = Database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    database.upgrade()
    yield Identity(database=database, secret=b"s" * 32)
    database.close()


def test_first_start_makes_an_admin_key_that_only_its_user_can_read(
    identity: Identity, tmp_path: Path
) -> None:
    key = ensure_admin_key(identity, tmp_path)
    assert key is not None
    assert identity.authenticate(key).role == Role.ADMIN
    file = tmp_path / ADMIN_KEY_FILE
    assert file.read_text() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_later_starts_show_no_key_and_leave_the_file(identity: Identity, tmp_path: Path) -> None:
    key = ensure_admin_key(identity, tmp_path)
    assert ensure_admin_key(identity, tmp_path) is None
    assert (tmp_path / ADMIN_KEY_FILE).read_text() == key
    assert len(identity.list_keys()) == 1


def test_key_is_stored_nowhere_in_the_catalog(identity: Identity, tmp_path: Path) -> None:
    key = ensure_admin_key(identity, tmp_path)
    assert key is not None
    for file in tmp_path.glob("catalog.sqlite3*"):
        assert key.encode() not in file.read_bytes()


def test_server_is_announced_for_as_long_as_it_runs(tmp_path: Path) -> None:
    with announced(tmp_path, "http://127.0.0.1:8080"):
        told = json.loads((tmp_path / SERVER_FILE).read_text())
        assert told == {"url": "http://127.0.0.1:8080", "pid": os.getpid()}
    assert not (tmp_path / SERVER_FILE).exists()
