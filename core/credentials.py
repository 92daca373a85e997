"""The credentials of sources, encrypted in the catalog."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import SourceCredentials, utc_now
from core.vault import Sealed, Vault, VaultDamaged, VaultKeyMissing


class CredentialStore:
    """Stores what it is given and hands it to workers alone: no endpoint reads it back."""

    def __init__(self, *, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def put(self, session: Session, source_id: str, credentials: dict[str, Any]) -> None:
        """Set or replace a source's credentials in the caller's transaction."""
        row = session.get(SourceCredentials, source_id)
        if row is None:
            row = SourceCredentials(source_id=source_id)
            session.add(row)
        self._seal(row, credentials)

    def find(self, source_id: str) -> dict[str, Any] | None:
        """The credentials; None if the source has none. Raises VaultKeyMissing, VaultDamaged."""
        row = self._row(source_id)
        if row is None:
            return None
        try:
            return self._open(row)
        except VaultKeyMissing:
            # A rotation may have destroyed the key since the row was read.
            fresh = self._row(source_id)
            if fresh is None or fresh.key_id == row.key_id:
                raise
            return self._open(fresh)

    def rotate(self, *, actor: str) -> int:
        """Seal everything with a new key and destroy the old ones; returns how many were sealed.

        Killed at any moment, it has lost nothing, and the next time does the rest. Raises
        VaultDamaged, once all others are sealed, where some credentials cannot be opened: their
        keys then stay.
        """
        key_id = self._vault.add_key()
        with self._database.read() as session:
            source_ids = session.scalars(
                select(SourceCredentials.source_id).where(SourceCredentials.key_id != key_id)
            ).all()
        unreadable = [source_id for source_id in source_ids if not self._reseal(source_id)]
        with self._database.write() as session:
            used = session.scalars(select(SourceCredentials.key_id).distinct()).all()
            retired = self._vault.retire_keys(keep=used)
            record_audit(
                session,
                actor=actor,
                action="credentials_rotated",
                subject=key_id,
                sources=len(source_ids) - len(unreadable),
                unreadable=len(unreadable),
                retired_keys=len(retired),
            )
        if unreadable:
            raise VaultDamaged(
                "The other credentials have a new key, but those of these sources cannot be read. "
                f"Give them their credentials again: {', '.join(unreadable)}."
            )
        return len(source_ids)

    def _row(self, source_id: str) -> SourceCredentials | None:
        with self._database.read() as session:
            return session.get(SourceCredentials, source_id)

    def _reseal(self, source_id: str) -> bool:
        """Seal one row anew in its own transaction. Whether it could be opened."""
        with self._database.write() as session:
            row = session.get(SourceCredentials, source_id, with_for_update=True)
            if row is None:
                return True
            try:
                credentials = self._open(row)
            except (VaultDamaged, VaultKeyMissing):
                return False
            self._seal(row, credentials)
            return True

    def _seal(self, row: SourceCredentials, credentials: dict[str, Any]) -> None:
        sealed = self._vault.encrypt(credentials, bound_to=_place(row.source_id))
        row.key_id = sealed.key_id
        row.ciphertext = sealed.ciphertext
        row.updated_at = utc_now()

    def _open(self, row: SourceCredentials) -> dict[str, Any]:
        sealed = Sealed(key_id=row.key_id, ciphertext=row.ciphertext)
        return self._vault.decrypt(sealed, bound_to=_place(row.source_id))


def _place(source_id: str) -> str:
    return f"source_credentials/{source_id}"
