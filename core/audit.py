"""The audit log: who did what to which thing, written in the transaction that does it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.catalog.models import AuditEvent


def record_audit(
    session: Session, *, actor: str, action: str, subject: str, **details: str | int | bool | None
) -> None:
    """Add one event. `details` are ids, names and counts, never a document's text or a secret."""
    session.add(AuditEvent(actor=actor, action=action, subject=subject, details=details))
