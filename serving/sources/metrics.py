"""What an operator watches of the sources, read from the catalog at each scrape."""

from __future__ import annotations

from prometheus_client import Gauge
from sqlalchemy import select

from core.catalog.database import Database
from core.catalog.models import Source, utc_now

# An operator has tens of sources, and each has its own owner to call: a label is in order here.
ACCESS_AGE = Gauge(
    "vouch_source_access_age_seconds",
    "Seconds since the source's access lists were last read in full.",
    ["source_id"],
)
CONSECUTIVE_FAILURES = Gauge(
    "vouch_source_consecutive_failures", "Failed runs since the last success.", ["source_id"]
)
IS_SUSPENDED = Gauge(
    "vouch_source_is_suspended", "1 while the schedule waits after failures.", ["source_id"]
)


def observe_sources(database: Database) -> None:
    """Set the gauges to what the catalog says now; a source that is gone leaves none behind."""
    now = utc_now()
    with database.read() as session:
        sources = session.scalars(select(Source)).all()
    for gauge in (ACCESS_AGE, CONSECUTIVE_FAILURES, IS_SUSPENDED):
        gauge.clear()
    for source in sources:
        if source.access_checked_at is not None:
            age = now - source.access_checked_at
            ACCESS_AGE.labels(source_id=source.id).set(age.total_seconds())
        CONSECUTIVE_FAILURES.labels(source_id=source.id).set(source.consecutive_failures)
        is_suspended = source.suspended_until is not None and source.suspended_until > now
        IS_SUSPENDED.labels(source_id=source.id).set(is_suspended)
