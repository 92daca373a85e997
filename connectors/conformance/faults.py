"""What a system far away does to whoever asks it."""

from __future__ import annotations

import threading
from enum import StrEnum


class Fault(StrEnum):
    """One thing that can go wrong with a request, once."""

    RATE_LIMITED = "rate_limited"
    """Too many requests, without a word about when to come back."""
    RATE_LIMITED_WITH_RETRY_AFTER = "rate_limited_with_retry_after"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    """No answer for longer than the connector waits."""
    HALF_RESPONSE = "half_response"
    """The connection ends in the middle of an answer that began well."""
    CREDENTIALS_EXPIRED = "credentials_expired"


class FaultSchedule:
    """Which of the things that are counted (requests, bytes) meets a fault. For several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._planned: list[tuple[int, Fault]] = []

    @property
    def count(self) -> int:
        """How many there have been."""
        with self._lock:
            return self._count

    def plan(self, fault: Fault, *, after: int, times: int = 1) -> None:
        """Let `times` in a row meet the fault, the first being number `after` from now on."""
        with self._lock:
            self._planned += [(self._count + after + number, fault) for number in range(times)]

    def clear(self) -> None:
        """Forget the faults that nobody has met yet."""
        with self._lock:
            self._planned.clear()

    def pass_by(self, number: int = 1) -> tuple[int, Fault | None]:
        """Count these. Returns how many go undisturbed, and the fault that the next one meets.

        Those after the disturbed one are not counted, for they never come.
        """
        with self._lock:
            due = [item for item in self._planned if item[0] < self._count + number]
            if not due:
                self._count += number
                return number, None
            first = min(due, key=lambda item: item[0])
            self._planned.remove(first)
            undisturbed = max(0, first[0] - self._count)
            self._count += undisturbed + 1
            return undisturbed, first[1]
