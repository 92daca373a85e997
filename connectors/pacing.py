"""How fast a source's system may be asked."""

from __future__ import annotations

import threading
import time


class Pacer:
    """Spaces requests evenly, and holds them all back when the system asks for it.

    Shared by every thread that asks one source's system. Safe to use from several threads.
    """

    def __init__(self, max_requests_per_s: float | None = None) -> None:
        self._interval_s = 0.0 if max_requests_per_s is None else 1 / max_requests_per_s
        self._lock = threading.Lock()
        self._next_at = 0.0

    def wait(self) -> None:
        """Return when the next request may be sent. To be called before each."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next_at)
            self._next_at = at + self._interval_s
        if at > now:
            time.sleep(at - now)

    def hold_back(self, seconds: float) -> None:
        """Send nothing for a while: the system said so."""
        with self._lock:
            self._next_at = max(self._next_at, time.monotonic() + seconds)
