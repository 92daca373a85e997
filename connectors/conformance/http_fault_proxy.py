"""An HTTP/1.1 reverse proxy that misbehaves on demand, to stand before a real server in tests."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from connectors.conformance.faults import Fault, FaultSchedule

_PIECE_BYTES = 64 * 1024
_UPSTREAM_TIMEOUT_S = 20.0
_LOOK_EVERY_S = 0.02
_HOP_BY_HOP = frozenset(
    "connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection te "
    "trailer transfer-encoding upgrade".split()
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the proxy says in the server's place."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


_REPLIES: dict[Fault, Reply] = {
    Fault.RATE_LIMITED: Reply(429, {}),
    Fault.RATE_LIMITED_WITH_RETRY_AFTER: Reply(429, {"Retry-After": "1"}),
    Fault.SERVER_ERROR: Reply(503, {}),
    Fault.CREDENTIALS_EXPIRED: Reply(401, {"WWW-Authenticate": 'Basic realm="expired"'}),
}


class HttpFaultProxy:
    """Passes requests on to `upstream_url` and its answers back; use `url` in its place.

    The path stays the same. `keep_host` passes the client's Host header on, for a server that
    checks a signature over it or makes links of it. `replies` says how this system words a fault,
    where that is not the plain 429, 503 or 401.

        with HttpFaultProxy(server.url) as proxy:
            proxy.inject(Fault.SERVER_ERROR, after=2)  # the third request from now on
    """

    def __init__(
        self,
        upstream_url: str,
        *,
        keep_host: bool = False,
        replies: Mapping[Fault, Reply] | None = None,
    ) -> None:
        self._upstream = urlsplit(upstream_url)
        if self._upstream.scheme != "http" or self._upstream.hostname is None:
            raise ValueError("the proxy stands before http://HOST:PORT only")
        self.keep_host = keep_host
        self.replies = _REPLIES | dict(replies or {})
        self.schedule = FaultSchedule()
        self.closed = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK_EVERY_S,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release whoever is stalled, end every connection and every thread."""
        self.closed.set()
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()
        self._server = None

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the proxy runs only inside its `with` block")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The upstream URL, with the proxy's own address in it."""
        return urlunsplit(self._upstream._replace(netloc=f"127.0.0.1:{self.port}"))

    @property
    def requests(self) -> int:
        """How many have come, the disturbed ones too."""
        return self.schedule.count

    def inject(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """Let the request number `after` from now on meet the fault; `times` in a row."""
        self.schedule.plan(fault, after=after, times=times)

    def clear(self) -> None:
        """Forget the faults that no request has met yet."""
        self.schedule.clear()

    @property
    def upstream_netloc(self) -> str:
        return self._upstream.netloc

    def connect_upstream(self) -> socket.socket:
        address = (self._upstream.hostname or "", self._upstream.port or 80)
        return socket.create_connection(address, timeout=_UPSTREAM_TIMEOUT_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # Closing waits for them, so that nothing outlives the test.
    request_queue_size = 64

    def __init__(self, proxy: HttpFaultProxy) -> None:
        self.proxy = proxy
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is not worth a traceback on the terminal."""

    def end_connections(self) -> None:
        """Wake the threads that wait for another request of a connection that is kept alive."""
        with self._lock:
            for connection in self._connections:
                _shut_down(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """`do_GET`, `do_PROPFIND`, and whatever else a client may ask for."""
        if name.startswith("do_"):
            return self._handle_request
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""

    def _handle_request(self) -> None:
        body = self._request_body()
        proxy = self.server.proxy
        _, fault = proxy.schedule.pass_by()
        if fault is Fault.TIMEOUT:
            self._stall()
        elif fault is not None and fault is not Fault.HALF_RESPONSE:
            self._answer(proxy.replies[fault])
        else:
            self._pass_on(body, is_cut=fault is Fault.HALF_RESPONSE)

    def _request_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._request_chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _request_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # Trailers say nothing that a server of these tests would read.

    def _stall(self) -> None:
        """Until the client gives up, or the proxy is closed."""
        self.close_connection = True
        while not self.server.proxy.closed.wait(_LOOK_EVERY_S):
            if select.select([self.connection], [], [], 0)[0] and not self._is_client_there():
                return

    def _is_client_there(self) -> bool:
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _pass_on(self, body: bytes, *, is_cut: bool) -> None:
        try:
            upstream = self.server.proxy.connect_upstream()
        except OSError:
            self._answer(Reply(502, {}))
            return
        with upstream:
            upstream.sendall(self._request_head(len(body)) + body)
            with http.client.HTTPResponse(upstream, method=self.command) as response:
                response.begin()
                if is_cut:
                    self._send_half(response)
                else:
                    self._send_whole(response)

    def _request_head(self, body_bytes: int) -> bytes:
        # The line as it came: `self.path` has lost a slash of a path that begins with two.
        lines = [f"{self.command} {self.requestline.split()[1]} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self._passed_on(self.headers.items())]
        if not self.server.proxy.keep_host:
            lines.append(f"Host: {self.server.proxy.upstream_netloc}")
        if body_bytes or "Content-Length" in self.headers:
            lines.append(f"Content-Length: {body_bytes}")
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("iso-8859-1")

    def _passed_on(self, headers: Any) -> Iterator[tuple[str, str]]:
        own = {"content-length"} if self.server.proxy.keep_host else {"content-length", "host"}
        return ((k, v) for k, v in headers if k.lower() not in _HOP_BY_HOP | own)

    def _send_whole(self, response: http.client.HTTPResponse) -> None:
        declared = response.headers.get("Content-Length")
        has_body = self._has_body(response)
        is_chunked = has_body and declared is None and self.request_version == "HTTP/1.1"
        if has_body and declared is None and not is_chunked:
            self.close_connection = True
        self._send_head(response, is_chunked=is_chunked)
        if not has_body:
            return
        sent = 0
        # Should the server itself fail half way, an exception or the count ends the connection.
        try:
            while piece := response.read1(_PIECE_BYTES):
                self._send_piece(piece, is_chunked=is_chunked)
                sent += len(piece)
        except (http.client.HTTPException, OSError):
            self.close_connection = True
            return
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif declared is not None and sent < int(declared):
            self.close_connection = True

    def _send_half(self, response: http.client.HTTPResponse) -> None:
        """All of the head and half of the body; of an answer without a body, nothing at all."""
        self.close_connection = True
        body = response.read()
        if body:
            is_chunked = response.headers.get("Content-Length") is None
            self._send_head(response, is_chunked=is_chunked)
            if half := body[: len(body) // 2]:
                self._send_piece(half, is_chunked=is_chunked)

    def _has_body(self, response: http.client.HTTPResponse) -> bool:
        return (
            self.command != "HEAD" and response.status >= 200 and response.status not in {204, 304}
        )

    def _send_head(self, response: http.client.HTTPResponse, *, is_chunked: bool) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.headers.items():
            if name.lower() in _HOP_BY_HOP:
                continue
            self.send_header(name, self._own_address(value) if name == "Location" else value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _own_address(self, location: str) -> str:
        """A redirect to the server leads to the proxy, or the next request would not be seen."""
        proxy = self.server.proxy
        return location.replace(
            f"http://{proxy.upstream_netloc}/", f"http://127.0.0.1:{proxy.port}/", 1
        )

    def _send_piece(self, piece: bytes, *, is_chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # The other side may have been first.
        connection.shutdown(socket.SHUT_RDWR)
