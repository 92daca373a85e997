"""Stores that are killed at any line: nothing is lost, nothing mixed, nothing left behind."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from core.catalog.database import Database
from core.catalog.models import Source
from core.credentials import CredentialStore
from core.uploads import UploadNotFound, UploadStore
from core.vault import Vault
from tests.unit.core.killing import each_moment, kill_at_line

PASSWORDS = {name: {"password": f"password of {name}"} for name in "ab"}


def put(store: UploadStore, content: bytes) -> None:
    store.put("s", "a.txt", io.BytesIO(content), path="a.txt", mime=None, acl=None)


def read(store: UploadStore) -> bytes:
    with store.open("s", "a.txt") as file:
        return file.read()


def stored_bytes(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in root.rglob("*") if path.is_file()]


def replace(store: UploadStore) -> None:
    put(store, b"the new version")


def remove(store: UploadStore) -> None:
    store.remove("s", "a.txt")


@pytest.mark.parametrize("change", [replace, remove])
def test_upload_killed_at_any_line_is_the_old_version_or_the_new_and_loses_its_bytes_when_removed(
    change: Callable[[UploadStore], None], tmp_path: Path
) -> None:
    before = tmp_path / "before"
    put(UploadStore(before), b"the old version")
    for number in each_moment():
        root = tmp_path / str(number)
        shutil.copytree(before, root)
        store = UploadStore(root)
        was_killed = kill_at_line(number, partial(change, store), of={"core.uploads"})
        try:
            assert read(store) in {b"the old version", b"the new version"}
        except UploadNotFound:
            assert change is remove
        ((_, upload),) = store.iter_uploads("s")
        assert upload is not None
        if upload.is_removed:
            with pytest.raises(UploadNotFound):
                remove(store)
        else:
            remove(store)
        assert not [content for content in stored_bytes(root) if b"version" in content], number
        if not was_killed:
            return
    pytest.fail("it never ended")


def test_first_put_killed_at_any_line_is_there_or_not_and_can_be_put_again(tmp_path: Path) -> None:
    for number in each_moment():
        root = tmp_path / str(number)
        store = UploadStore(root)
        was_killed = kill_at_line(number, partial(replace, store), of={"core.uploads"})
        put(store, b"the next version")
        assert read(store) == b"the next version"
        assert b"the new version" not in stored_bytes(root)
        if not was_killed:
            return
    pytest.fail("it never ended")


def test_rotation_killed_at_any_line_loses_nothing_and_the_next_leaves_one_key(
    tmp_path: Path,
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    with opened(before) as (database, store):
        database.upgrade()
        with database.write() as session:
            for name, credentials in PASSWORDS.items():
                session.add(a_source(name))
                store.put(session, name, credentials)
    for number in each_moment():
        folder = tmp_path / str(number)
        shutil.copytree(before, folder)
        was_killed = kill_at_line(
            number, partial(rotate, folder), of={"core.vault", "core.credentials"}
        )
        with opened(folder) as (_, store):
            assert {name: store.find(name) for name in PASSWORDS} == PASSWORDS, number
            store.rotate(actor="ana")
            assert {name: store.find(name) for name in PASSWORDS} == PASSWORDS, number
        (key_file,) = folder.glob("vault.keys*")
        assert len(json.loads(key_file.read_text())) == 1
        if not was_killed:
            return
    pytest.fail("it never ended")


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Database, CredentialStore]]:
    database = Database(f"sqlite:///{folder / 'catalog.sqlite3'}")
    try:
        vault = Vault.open(folder / "vault.keys")
        yield database, CredentialStore(database=database, vault=vault)
    finally:
        database.close()


def rotate(folder: Path) -> None:
    with opened(folder) as (_, store):
        store.rotate(actor="ana")


def a_source(name: str) -> Source:
    return Source(
        id=name,
        name=name,
        kind="imap",
        config={},
        acl=[],
        sensitivity="internal",
        owner_name="Docs team",
        owner_contact="docs@acme.test",
        created_by="ana",
    )
