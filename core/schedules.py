"""When a source is synced by itself: `every 15m`, or five fields of cron in UTC."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from core.errors import RequestError

_INTERVAL = re.compile(r"every (\d{1,5})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=366)
# Of the time until the next run, so that a hundred sources on `0 * * * *` do not start as one.
_JITTER_SHARE = 0.1
_LONGEST_JITTER = timedelta(minutes=5)


class InvalidSchedule(RequestError):
    """Neither an interval nor a cron expression that ever comes true."""

    title = "Invalid schedule"


def next_time(schedule: str, *, after: datetime, jitter: bool = True) -> datetime:
    """The first time after `after` (aware), a little later at random with `jitter`.

    Raises InvalidSchedule.
    """
    at = _next_exact(schedule, after)
    if not jitter:
        return at
    longest = min(_LONGEST_JITTER, (at - after) * _JITTER_SHARE)
    return at + longest * random.random()  # noqa: S311  (no secret)


def _next_exact(schedule: str, after: datetime) -> datetime:
    if match := _INTERVAL.fullmatch(schedule):
        interval = int(match[1]) * _UNITS[match[2]]
        if not timedelta(0) < interval <= _LONGEST:
            raise InvalidSchedule(f"{schedule!r} is out of range: use every 1m to every 366d.")
        return after + interval
    try:
        return next(CronSim(schedule, after))
    except (CronSimError, StopIteration) as error:
        raise InvalidSchedule(
            f"{schedule!r} is no schedule. Use an interval such as 'every 15m', 'every 6h', "
            "'every 1d', or cron's five fields in UTC, such as '30 2 * * *'."
        ) from error
