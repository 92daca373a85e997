"""Stored credentials: sealed in their row, and rotated without a moment in which any is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.catalog.database import Database
from core.catalog.models import AuditEvent, Source, SourceCredentials
from core.credentials import CredentialStore
from core.vault import Sealed, Vault, VaultDamaged


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


def test_row_that_cannot_be_opened_is_named_and_the_others_have_the_new_key(
    database: Database, store: CredentialStore, vault: Vault
) -> None:
    for name in ("a", "b", "c"):
        put(database, store, name, f"password of {name}")
    old = vault.newest_key_id
    with database.write() as session:
        session.get_one(SourceCredentials, "b").ciphertext = b"damaged"
    with pytest.raises(VaultDamaged, match=r"again: b\.$"):
        store.rotate(actor="ana")
    for name in ("a", "c"):
        assert store.find(name) == {"password": f"password of {name}"}
    with database.read() as session:
        keys = {row.source_id: row.key_id for row in session.scalars(select(SourceCredentials))}
    assert keys == {"a": vault.newest_key_id, "b": old, "c": vault.newest_key_id}
    put(database, store, "b", "given again")
    assert store.rotate(actor="ana") == 3
    assert vault.retire_keys(keep=[]) == []


def test_credentials_read_while_their_key_is_destroyed_are_read_again(
    database: Database, store: CredentialStore, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, store, "a", "one")
    decrypt, calls = vault.decrypt, []

    def decrypt_after_a_rotation(sealed: Sealed, *, bound_to: str) -> dict[str, Any]:
        calls.append(sealed)
        if len(calls) == 1:
            store.rotate(actor="ana")
        return decrypt(sealed, bound_to=bound_to)

    monkeypatch.setattr(vault, "decrypt", decrypt_after_a_rotation)
    assert store.find("a") == {"password": "one"}
