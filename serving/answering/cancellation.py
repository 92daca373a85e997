"""Word from whoever wants an answer that it is wanted no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

from core.errors import RequestError


class AnswerCancelled(RequestError):
    """The client went away, so the rest of the answer is not made."""

    title = "Answer cancelled"


class Cancellation:
    """One request's. Cancelling runs what is under way's own way to stop, from the thread that
    cancels: a model's response is closed while another thread waits for it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._cancelled = Event()
        self._stops: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop what is under way, and whatever begins from now on. Safe to repeat."""
        with self._lock:
            self._cancelled.set()
            stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    def check(self) -> None:
        """Raises AnswerCancelled."""
        if self._cancelled.is_set():
            raise AnswerCancelled("The request was given up before its answer was complete.")

    def wait(self, seconds: float) -> None:
        """Sleep. Raises AnswerCancelled, as soon as it is."""
        self._cancelled.wait(seconds)
        self.check()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called if the cancellation comes within the block.

        Raises AnswerCancelled at once where it has come already.
        """
        with self._lock:
            self.check()
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                if stop in self._stops:
                    self._stops.remove(stop)
