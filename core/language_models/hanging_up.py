"""Ending an HTTP request from another thread than the one that waits for its answer."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

import httpx

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Line:
    """The connection of one request. Hanging up ends a read that is waiting, at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stream: Any = None  # httpcore's, which names no type for it
        self._response: httpx.Response | None = None
        self._is_hung_up = False

    def hang_up(self) -> None:
        """Safe to repeat; before there is a connection, it is ended as soon as it is made."""
        with self._lock:
            self._is_hung_up = True
            stream = self._stream
        if stream is not None:
            _shut_down(stream)

    def release(self) -> None:
        """Hang up and free the connection; only for the thread that reads."""
        self.hang_up()
        if self._response is not None:
            self._response.close()

    @property
    def is_hung_up(self) -> bool:
        return self._is_hung_up

    def note(self, response: httpx.Response) -> None:
        """The answer has begun."""
        self._response = response

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace extension: takes note of the connection."""
        if event in _CONNECTED:
            with self._lock:
                self._stream = info["return_value"]
                is_hung_up = self._is_hung_up
            if is_hung_up:
                _shut_down(info["return_value"])


_LINE: ContextVar[Line | None] = ContextVar("line", default=None)


@contextmanager
def on(line: Line) -> Iterator[None]:
    """Requests that a client of `client_with_lines` begins within the block use this line."""
    token = _LINE.set(line)
    try:
        yield
    finally:
        _LINE.reset(token)


def client_with_lines(*, timeout_s: float) -> httpx.Client:
    """An HTTP client with a connection for every request, because a shared one cannot be ended."""

    def begin(request: httpx.Request) -> None:
        line = _LINE.get()
        if line is not None:
            trace: Callable[[str, dict[str, Any]], None] = line.trace
            request.extensions["trace"] = trace

    def take_note(response: httpx.Response) -> None:
        line = _LINE.get()
        if line is not None:
            line.note(response)

    return httpx.Client(
        timeout=timeout_s,
        limits=httpx.Limits(max_keepalive_connections=0),
        event_hooks={"request": [begin], "response": [take_note]},
    )


def _shut_down(stream: Any) -> None:
    # Closing a socket leaves a thread that waits for it waiting; shutting it down wakes it.
    connection = stream.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
