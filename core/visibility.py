"""Which documents someone may read, and which sources are shown to nobody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.access import Principal, may_read
from core.catalog.models import Document, Source, utc_now
from core.chunks import SourceId


def is_stale(source: Source, *, now: datetime | None = None) -> bool:
    """Whether the source has a bound, and its access lists were last read longer ago than that."""
    if source.access_max_age_s is None:
        return False
    if source.access_checked_at is None:
        return True
    age = (now or utc_now()) - source.access_checked_at
    return age > timedelta(seconds=source.access_max_age_s)


def is_hidden(source: Source, *, now: datetime | None = None) -> bool:
    """Whether the source is stale, or being removed."""
    return source.removal_requested_by is not None or is_stale(source, now=now)


@dataclass(frozen=True, slots=True)
class ReadableDocument:
    """A document that someone may read, with the name of its source."""

    document: Document
    source_name: str


def readable_documents(
    session: Session, principal: Principal, document_ids: Collection[str]
) -> dict[str, ReadableDocument]:
    """Those of the documents that are indexed and that the principal may read now, by id."""
    rows = session.execute(
        select(Document, Source)
        .join(Source, Source.id == Document.source_id)
        .where(Document.id.in_(document_ids), Document.text_version.is_not(None))
    )
    return {
        document.id: ReadableDocument(document, source.name)
        for document, source in rows
        if may_read(principal, document.acl) and not is_hidden(source)
    }


def hidden_source_ids(session: Session) -> tuple[SourceId, ...]:
    """The sources that are hidden now."""
    now = utc_now()
    candidates = session.scalars(
        select(Source).where(
            or_(Source.access_max_age_s.is_not(None), Source.removal_requested_by.is_not(None))
        )
    )
    return tuple(SourceId(source.id) for source in candidates if is_hidden(source, now=now))
