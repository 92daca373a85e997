"""A real HTTP server whose answers a test writes, and that remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from connectors.context import ConnectorContext
from connectors.egress import EgressPolicy


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `cut` leaves out the rest of the body, and hangs up."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[Asked], Page]


class HTTPWorld:
    """Answers by target, the query included. A list is used up one by one, to its last."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Page | list[Page] | Answering] = {}
        self.asked: list[Asked] = []

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def redirect(self, target: str, location: str, status: int = 302) -> None:
        self.answers[target] = Page(status=status, headers={"Location": location})

    def answer(self, asked: Asked) -> Page:
        self.asked.append(asked)
        found = self.answers.get(asked.target, Page(b"nothing", 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Page) else found(asked)

    def reset(self) -> None:
        self.answers.clear()
        self.asked.clear()


@contextmanager
def http_world() -> Iterator[HTTPWorld]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.world = HTTPWorld(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def context(
    folder: Path,
    *,
    allow_private: bool = True,
    timeout_s: float = 1.0,
    max_file_bytes: int | None = None,
) -> ConnectorContext:
    """One that may connect to this machine, and does not wait long."""
    return ConnectorContext(
        source_id="http",
        cache_dir=folder,
        egress=EgressPolicy(allow_private=allow_private),
        timeout_s=timeout_s,
        max_file_bytes=max_file_bytes or 1024**2,
    )


class _Server(ThreadingHTTPServer):
    world: HTTPWorld

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is not worth a traceback on the terminal."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Closing the server waits for the connections that are kept.
    timeout = 0.5
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # The line as it came: `self.path` has lost a slash of a path that begins with two.
        target = self.requestline.split()[1]
        page = self.server.world.answer(Asked(self.command, target, dict(self.headers), body))
        time.sleep(page.delay_s)
        self.send_response_only(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        # RFC 9110: such an answer has no body, whatever is said of its length.
        if page.status != 304 and "Transfer-Encoding" not in page.headers:
            self.send_header("Content-Length", str(len(page.body)))
        self.close_connection = page.cut is not None
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body[: page.cut])

    do_PROPFIND = do_HEAD = do_GET  # noqa: N815  (the standard library's names)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""
