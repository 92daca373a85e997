"""Whose turn it is where one thing is done at a time."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ASKED_AT: ContextVar[float | None] = ContextVar("asked_at", default=None)

# How much longer than it has waited something may be kept waiting for each character that is to be
# done. A sentence of an answer goes before the passages of the next answer (some 15,000
# characters), and those before a batch of a sync; but nothing is put off for ever.
_S_PER_CHAR = 0.001


@contextmanager
def asked_now() -> Iterator[None]:
    """What is done within the block has been waited for since now. So the answers that were asked
    for first are complete first, instead of all of them at the end, step by step together.
    """
    token = _ASKED_AT.set(time.monotonic())
    try:
        yield
    finally:
        _ASKED_AT.reset(token)


class Turns:
    """One at a time, the short before the long, and whoever has waited long enough before both.

    Each is due at a time of its own, so what comes later cannot put it off for ever.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._is_taken = False
        self._arrivals = itertools.count()
        self._waiting: list[tuple[float, int, threading.Event]] = []

    @contextmanager
    def take(self, size_chars: int) -> Iterator[None]:
        """Wait for it; it ends with the block."""
        called = threading.Event()
        with self._lock:
            if self._is_taken:
                asked_at = _ASKED_AT.get()
                since = self._clock() if asked_at is None else asked_at
                due_at = since + _S_PER_CHAR * size_chars
                heapq.heappush(self._waiting, (due_at, next(self._arrivals), called))
            else:
                self._is_taken = True
                called.set()
        called.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    heapq.heappop(self._waiting)[-1].set()
                else:
                    self._is_taken = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)
