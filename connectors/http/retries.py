"""When to ask once more, and when to leave that to a later sync."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.contract import SourceUnavailable
from connectors.pacing import Pacer

T = TypeVar("T")

FIRST_PAUSE_S = 0.5
MAX_WAIT_S = 30.0
"""For all pauses of one request together, and for its time-outs but the first."""
_MAX_ATTEMPTS = 4


class TryAgain(Exception):
    """An attempt that failed for now. Never leaves this package: `error` is what it comes to."""

    def __init__(
        self,
        error: SourceUnavailable,
        *,
        waited_s: float = 0.0,
        asked_pause_s: float | None = None,
        is_for_everyone: bool = False,
    ) -> None:
        super().__init__(error.detail)
        self.error = error
        self.waited_s = waited_s
        """For an answer that did not come."""
        self.asked_pause_s = asked_pause_s
        self.is_for_everyone = is_for_everyone
        """Whether the system asked for fewer requests, whoever sends them."""


def patiently(attempt: Callable[[], T], *, pacer: Pacer) -> T:
    """What the first attempt gives that succeeds. Raises SourceUnavailable after the last."""
    left_s = MAX_WAIT_S
    pause_s = FIRST_PAUSE_S
    for number in range(1, _MAX_ATTEMPTS + 1):
        try:
            return attempt()
        except TryAgain as failed:
            jittered_s = pause_s * random.uniform(0.75, 1.25)  # noqa: S311  (no secret)
            next_pause_s = max(jittered_s, failed.asked_pause_s or 0.0)
            left_s -= next_pause_s + (failed.waited_s if number > 1 else 0.0)
            if number == _MAX_ATTEMPTS or left_s < 0:
                raise failed.error from failed.__cause__
            if failed.is_for_everyone:
                pacer.hold_back(next_pause_s)
            else:
                time.sleep(next_pause_s)
        pause_s *= 2
    raise AssertionError("the last attempt returns or raises")


def retry_after_s(value: str | None) -> float | None:
    """A Retry-After header, seconds or a date, as seconds from now; None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
