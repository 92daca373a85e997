"""A circuit breaker: what fails again and again is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_MAX_PAUSE_S = 600.0


class CircuitBreaker:
    """Closed: every call may go out. After `failures_to_open` failures in a row it is open, and
    none may for `pause_s` seconds; then it is half-open, and a single call may try: its success
    closes the breaker, its failure opens it again.

    Whoever was allowed to call reports the outcome, always. Safe to use from several threads.
    Source: Nygard, Release It!, 2nd edition, chapter 5.
    """

    def __init__(
        self,
        *,
        failures_to_open: int,
        pause_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_to_open = failures_to_open
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opens_until: float | None = None
        self._is_trying = False

    def allows(self) -> bool:
        """Whether to call now. True obliges to report the outcome."""
        with self._lock:
            if self._opens_until is None:
                return True
            if self._is_trying or self._clock() < self._opens_until:
                return False
            self._is_trying = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
            self._opens_until = None
            self._is_trying = False

    def failed(self, *, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is the pause that the other side asked for: it opens the breaker at
        once, for that long, ten minutes at most.
        """
        with self._lock:
            self._failures += 1
            self._is_trying = False
            if retry_after_s is not None:
                self._open_for(min(retry_after_s, _MAX_PAUSE_S))
            elif self._opens_until is not None or self._failures >= self._failures_to_open:
                self._open_for(self._pause_s)

    def _open_for(self, seconds: float) -> None:
        self._opens_until = max(self._opens_until or 0.0, self._clock() + seconds)
