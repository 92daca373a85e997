"""How old a source's access lists may get. Past its bound a source is shown to nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
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


def stale_source_ids(session: Session) -> tuple[SourceId, ...]:
    """The sources that fail closed now."""
    now = utc_now()
    bounded = session.scalars(select(Source).where(Source.access_max_age_s.is_not(None)))
    return tuple(SourceId(source.id) for source in bounded if is_stale(source, now=now))
