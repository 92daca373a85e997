"""Stored credentials: sealed in their row, and rotated without a moment in which any is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from core.catalog.database import Database
from core.catalog.models import AuditEvent, Source, SourceCredentials
from core.credentials import CredentialStore
from core.vault import Vault, VaultDamaged


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "vault.keys")


@pytest.fixture
def store(database: Database, vault: Vault) -> CredentialStore:
    with database.write() as session:
        for name in ("a", "b", "c"):
            session.add(
                Source(
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
            )
    return CredentialStore(database=database, vault=vault)


def put(database: Database, store: CredentialStore, source_id: str, password: str) -> None:
    with database.write() as session:
        store.put(session, source_id, {"password": password})


def test_source_without_credentials_has_none(store: CredentialStore) -> None:
    assert store.find("a") is None


def test_credentials_can_be_replaced(database: Database, store: CredentialStore) -> None:
    put(database, store, "a", "one")
    put(database, store, "a", "two")
    assert store.find("a") == {"password": "two"}


def test_row_copied_to_another_source_does_not_open(
    database: Database, store: CredentialStore
) -> None:
    put(database, store, "a", "one")
    put(database, store, "b", "two")
    with database.write() as session:
        stolen = session.get_one(SourceCredentials, "a")
        session.get_one(SourceCredentials, "b").ciphertext = stolen.ciphertext
    with pytest.raises(VaultDamaged):
        store.find("b")


def test_deleted_source_takes_its_credentials_along(
    database: Database, store: CredentialStore
) -> None:
    put(database, store, "a", "one")
    with database.write() as session:
        session.delete(session.get_one(Source, "a"))
    with database.read() as session:
        assert session.scalars(select(SourceCredentials)).all() == []


def test_rotation_seals_all_anew_retires_the_old_key_and_is_audited(
    database: Database, store: CredentialStore, vault: Vault
) -> None:
    for name in ("a", "b", "c"):
        put(database, store, name, f"password of {name}")
    before = vault.newest_key_id
    assert store.rotate(actor="ana") == 3
    assert vault.newest_key_id != before
    assert vault.retire_keys(keep=[]) == []
    assert store.find("b") == {"password": "password of b"}
    with database.read() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor, event.details["sources"]) == (
        "credentials_rotated",
        "ana",
        3,
    )


def test_rotation_that_is_cut_short_loses_nothing_and_is_finished_by_the_next(
    database: Database,
    store: CredentialStore,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "b", "c"):
        put(database, store, name, f"password of {name}")
    encrypt, calls = vault.encrypt, []

    def encrypt_twice(*args: object, **kwargs: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return encrypt(*args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(vault, "encrypt", encrypt_twice)
        with pytest.raises(KeyboardInterrupt):
            store.rotate(actor="ana")
    for name in ("a", "b", "c"):
        assert store.find(name) == {"password": f"password of {name}"}
    assert store.rotate(actor="ana") == 3
    for name in ("a", "b", "c"):
        assert store.find(name) == {"password": f"password of {name}"}


def test_row_that_cannot_be_opened_keeps_the_old_keys(
    database: Database, store: CredentialStore, vault: Vault
) -> None:
    put(database, store, "a", "one")
    put(database, store, "b", "two")
    with database.write() as session:
        session.get_one(SourceCredentials, "b").ciphertext = b"damaged"
    with pytest.raises(VaultDamaged):
        store.rotate(actor="ana")
    assert store.find("a") == {"password": "one"}
