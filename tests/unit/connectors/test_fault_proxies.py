"""The fault proxies pass on what they should, and spoil what they should, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from pytest_socket import enable_socket

from connectors.conformance.fault_proxy import HttpFaultProxy, Reply, TcpFaultProxy
from connectors.conformance.faults import Fault, FaultSchedule


@pytest.fixture(autouse=True)
def _sockets(_no_sockets: None) -> None:
    """The exception among the unit tests: here, sockets are what is tested."""
    enable_socket()


class _Upstream(BaseHTTPRequestHandler):
    """Says back what it was asked, in the framing that the path names."""

    protocol_version = "HTTP/1.1"

    def _respond(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        host = self.headers["Host"]
        said = f"{self.command} {self.requestline.split()[1]} {host} ".encode() + sent
        if self.path.startswith("/empty"):
            self.send_response(204)
            self.end_headers()
            return
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", f"http://{host}/there")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(207 if self.command == "PROPFIND" else 200)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        if self.path.startswith("/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for byte in said:
                self.wfile.write(b"1\r\n%c\r\n" % byte)
            self.wfile.write(b"0\r\n\r\n")
        elif self.path.startswith("/until-closed"):
            self.close_connection = True
            self.end_headers()
            self.wfile.write(said)
        else:
            is_short = self.path.startswith("/short")
            self.send_header("Content-Length", str(len(said) + (10 if is_short else 0)))
            self.close_connection = is_short
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """The proxy hangs up when a test tells it to."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Upstream) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: str) -> Iterator[HttpFaultProxy]:
    with HttpFaultProxy(upstream) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: HttpFaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, trust_env=False, timeout=0.3) as client:
        yield client


@pytest.mark.parametrize("path", ["/plain", "/chunked", "/until-closed", "//two%20slashes?q=%2F"])
@pytest.mark.parametrize("method", ["GET", "POST", "PROPFIND"])
def test_answer_is_passed_on_whatever_its_framing(
    client: httpx.Client, upstream: str, method: str, path: str
) -> None:
    # The client joins a relative path to its base, and would lose a leading slash.
    url = httpx.URL(str(client.base_url).rstrip("/") + path)
    reply = client.request(method, url, content=b"body")
    host = upstream.removeprefix("http://")
    assert reply.content == f"{method} {path} {host} body".encode()
    assert reply.status_code == (207 if method == "PROPFIND" else 200)
    assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_request_body_in_chunks_arrives_whole(client: httpx.Client) -> None:
    reply = client.post("/", content=iter([b"one ", b"two ", b"three" * 50_000]))
    assert reply.content.endswith(b" one two " + b"three" * 50_000)


def test_connection_is_kept_alive_for_answers_with_and_without_a_body(
    client: httpx.Client, proxy: HttpFaultProxy
) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=2) as connection:
        stream = connection.makefile("rb")
        for method, path in [("HEAD", "/a"), ("GET", "/empty"), ("GET", "/chunked")]:
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = []
            while line := stream.readline().strip():
                head.append(line)
            assert head[0].startswith(b"HTTP/1.1 20")
        stream.close()
    assert proxy.requests == 3


def test_host_of_the_client_is_kept_when_asked(upstream: str) -> None:
    with HttpFaultProxy(upstream, keep_host=True) as proxy:
        assert f"127.0.0.1:{proxy.port}" in httpx.get(proxy.url, trust_env=False).text


def test_redirect_to_the_server_leads_through_the_proxy(
    client: httpx.Client, proxy: HttpFaultProxy
) -> None:
    assert client.get("/redirect").headers["location"] == f"{proxy.url}/there"


def test_upstream_path_stays_in_the_url(upstream: str) -> None:
    with HttpFaultProxy(f"{upstream}/base/") as proxy:
        assert proxy.url.endswith("/base/")


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        (Fault.RATE_LIMITED, 429, None),
        (Fault.RATE_LIMITED_WITH_RETRY_AFTER, 429, "1"),
        (Fault.SERVER_ERROR, 503, None),
        (Fault.CREDENTIALS_EXPIRED, 401, None),
    ],
)
def test_fault_with_a_status_meets_the_chosen_request_once(
    client: httpx.Client,
    proxy: HttpFaultProxy,
    fault: Fault,
    status: int,
    retry_after: str | None,
) -> None:
    proxy.inject(fault, after=1)
    replies = [client.post("/", content=b"body") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, status, 200]
    assert replies[1].headers.get("retry-after") == retry_after
    assert proxy.requests == 3


def test_fault_can_last(client: httpx.Client, proxy: HttpFaultProxy) -> None:
    proxy.inject(Fault.SERVER_ERROR, times=2)
    assert [client.get("/").status_code for _ in range(3)] == [503, 503, 200]


def test_system_can_word_a_fault_its_own_way(upstream: str) -> None:
    replies = {Fault.CREDENTIALS_EXPIRED: Reply(400, {"X-Own": "1"}, b"ExpiredToken")}
    with HttpFaultProxy(upstream, replies=replies) as proxy:
        proxy.inject(Fault.CREDENTIALS_EXPIRED)
        reply = httpx.get(proxy.url, trust_env=False)
    assert (reply.status_code, reply.text, reply.headers["x-own"]) == (400, "ExpiredToken", "1")


@pytest.mark.parametrize("path", ["/plain", "/chunked", "/until-closed", "/empty"])
def test_half_a_response_is_known_to_be_half(
    client: httpx.Client, proxy: HttpFaultProxy, path: str
) -> None:
    proxy.inject(Fault.HALF_RESPONSE)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(path)
    assert client.get(path).is_success


def test_half_a_response_has_its_whole_length_in_the_head(
    client: httpx.Client, proxy: HttpFaultProxy
) -> None:
    whole = client.get("/plain").content
    proxy.inject(Fault.HALF_RESPONSE)
    with client.stream("GET", "/plain") as reply:
        assert reply.headers["content-length"] == str(len(whole))
        assert next(reply.iter_raw()) == whole[: len(whole) // 2]


def test_server_that_itself_stops_half_way_is_passed_on_as_such(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/short")


def test_stalled_request_runs_into_the_clients_limit(
    client: httpx.Client, proxy: HttpFaultProxy
) -> None:
    proxy.inject(Fault.TIMEOUT)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/")
    assert client.get("/").is_success


def test_closing_releases_whoever_is_stalled(upstream: str) -> None:
    outcome: list[str] = []
    with HttpFaultProxy(upstream) as proxy:
        proxy.inject(Fault.TIMEOUT)

        def ask(url: str = proxy.url) -> None:
            try:
                httpx.get(url, trust_env=False, timeout=30)
            except httpx.RemoteProtocolError:
                outcome.append("released")

        thread = threading.Thread(target=ask)
        thread.start()
        while proxy.requests == 0:
            time.sleep(0.01)
    thread.join(timeout=5)
    assert outcome == ["released"]


def test_server_that_is_away_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with HttpFaultProxy(f"http://127.0.0.1:{port}") as proxy:
        assert httpx.get(proxy.url, trust_env=False).status_code == 502


def test_only_plain_http_can_be_proxied() -> None:
    with pytest.raises(ValueError, match="http://"):
        HttpFaultProxy("https://files.acme.test")


@pytest.fixture(scope="module")
def echo_port() -> Iterator[int]:
    """A server that says each thing back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection:
                while piece := connection.recv(1000):
                    connection.sendall(piece)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,)).start()

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _say(connection: socket.socket, said: bytes) -> bytes:
    """What comes back until it is all there, or the connection ends."""
    connection.sendall(said)
    heard = b""
    while len(heard) < len(said) and (piece := connection.recv(1000)):
        heard += piece
    return heard


def test_bytes_pass_both_ways_and_are_counted(echo_port: int) -> None:
    with TcpFaultProxy("127.0.0.1", echo_port) as proxy:
        with socket.create_connection((proxy.host, proxy.port), timeout=2) as connection:
            assert _say(connection, b"hello") == b"hello"
            assert _say(connection, b"again") == b"again"
        assert (proxy.bytes_to_client, proxy.connections) == (10, 1)


def test_connection_is_cut_at_the_chosen_byte_and_the_next_one_lives(echo_port: int) -> None:
    with TcpFaultProxy("127.0.0.1", echo_port) as proxy:
        proxy.inject(Fault.HALF_RESPONSE, after=7)
        with socket.create_connection((proxy.host, proxy.port), timeout=2) as connection:
            assert _say(connection, b"hello") == b"hello"
            assert _say(connection, b"again") == b"ag"
        with socket.create_connection((proxy.host, proxy.port), timeout=2) as connection:
            assert _say(connection, b"hello") == b"hello"


def test_stalled_connection_is_silent_until_the_client_gives_up(echo_port: int) -> None:
    with TcpFaultProxy("127.0.0.1", echo_port) as proxy:
        proxy.inject(Fault.TIMEOUT)
        with (
            socket.create_connection((proxy.host, proxy.port), timeout=0.2) as connection,
            pytest.raises(TimeoutError),
        ):
            _say(connection, b"hello")


def test_closing_ends_a_stalled_connection(echo_port: int) -> None:
    with TcpFaultProxy("127.0.0.1", echo_port) as proxy:
        proxy.inject(Fault.TIMEOUT)
        connection = socket.create_connection((proxy.host, proxy.port), timeout=5)
        connection.sendall(b"hello")
        time.sleep(0.1)
    with connection:
        assert connection.recv(1) == b""


def test_connection_knows_no_statuses(echo_port: int) -> None:
    with TcpFaultProxy("127.0.0.1", echo_port) as proxy, pytest.raises(ValueError, match="rate"):
        proxy.inject(Fault.RATE_LIMITED)


def test_schedule_says_how_many_go_undisturbed_before_the_fault() -> None:
    schedule = FaultSchedule()
    schedule.plan(Fault.TIMEOUT, after=3)
    assert schedule.pass_by(2) == (2, None)
    assert schedule.pass_by(10) == (1, Fault.TIMEOUT)
    assert schedule.pass_by(10) == (10, None)
    assert schedule.count == 14


def test_fault_that_nobody_has_met_can_be_forgotten() -> None:
    schedule = FaultSchedule()
    schedule.plan(Fault.TIMEOUT, after=0)
    schedule.clear()
    assert schedule.pass_by() == (1, None)
