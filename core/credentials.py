"""Temporary."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.catalog.database import Database
from core.catalog.models import SourceCredentials
from core.vault import Sealed, Vault


class CredentialStore:
    def __init__(self, *, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def put(self, session: Session, source_id: str, data: dict[str, Any]) -> None:
        sealed = self._vault.encrypt(data, bound_to=source_id)
        row = session.get(SourceCredentials, source_id)
        if row is None:
            row = SourceCredentials(source_id=source_id)
            session.add(row)
        row.key_id = sealed.key_id
        row.ciphertext = sealed.ciphertext

    def find(self, source_id: str) -> dict[str, Any] | None:
        with self._database.read() as session:
            row = session.get(SourceCredentials, source_id)
            if row is None:
                return None
            return self._vault.decrypt(Sealed(key_id=row.key_id, ciphertext=row.ciphertext), bound_to=source_id)
