"""Which sources are shown to nobody, whatever their documents' access lists say."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.catalog.models import Source, utc_now
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


def hidden_source_ids(session: Session) -> tuple[SourceId, ...]:
    """The sources that are hidden now."""
    now = utc_now()
    candidates = session.scalars(
        select(Source).where(
            or_(Source.access_max_age_s.is_not(None), Source.removal_requested_by.is_not(None))
        )
    )
    return tuple(SourceId(source.id) for source in candidates if is_hidden(source, now=now))
