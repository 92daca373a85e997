"""What may stand between a mail program and Dovecot, and servers that say what a test wants."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Answer = Callable[[str, str], str | None]
"""To a command with its tag: the whole of what is sent. None: the connection is closed."""


class Relay(socketserver.ThreadingTCPServer):
    """Passes on what is said, and remembers what the client said."""

    daemon_threads = False

    def __init__(self, upstream: int, tls: ssl.SSLContext | None, *, by_command: bool) -> None:
        self.upstream = upstream
        self.tls = tls
        self.by_command = by_command
        self.heard = bytearray()
        self.sent_bytes = 0
        super().__init__(("127.0.0.1", 0), _Relayed)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def commands(self) -> list[str]:
        """Their words, without the tags and what follows."""
        lines = bytes(self.heard).decode("utf-8", "replace").splitlines()
        words = (line.split(" ") for line in lines)
        return [" ".join(w[1:3]) if w[1:2] == ["UID"] else w[1] for w in words if len(w) > 1]

    def forget(self) -> None:
        self.heard.clear()
        self.sent_bytes = 0


@contextmanager
def relay(
    upstream: int, *, tls: ssl.SSLContext | None = None, by_command: bool = False
) -> Iterator[Relay]:
    """`by_command`: TLS begins with STARTTLS, not with the connection."""
    with Relay(upstream, tls, by_command=by_command) as server, _served(server):
        yield server


@contextmanager
def scripted_server(answer: Answer, *, greeting: str = "* OK ready") -> Iterator[int]:
    """A server that knows nothing but `answer`. Yields its port."""

    class Script(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.wfile.write(f"{greeting}\r\n".encode())
                while line := self.rfile.readline().decode().strip():
                    tag, _, command = line.partition(" ")
                    said = answer(tag, command)
                    if said is None:
                        return
                    self.wfile.write(f"{said}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Script) as server, _served(server):
        yield int(server.server_address[1])


def localhost_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """For a server, and the file by which a client can trust it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


class _Relayed(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with (
            contextlib.suppress(OSError),
            self._encrypted() as client,
            socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream,
        ):
            if self.server.by_command:
                upstream.recv(65_536)  # We have greeted the client already.
            back = threading.Thread(target=_copy, args=(upstream, client, self._sent))
            back.start()
            _copy(client, upstream, self.server.heard.extend)
            back.join()

    def _encrypted(self) -> socket.socket:
        if self.server.tls is None:
            return self.request  # type: ignore[no-any-return]  # socketserver says Any.
        if self.server.by_command:
            self._wait_for_starttls()
        return self.server.tls.wrap_socket(self.request, server_side=True)

    def _wait_for_starttls(self) -> None:
        self.request.sendall(b"* OK ready\r\n")
        while line := self.request.recv(65_536):
            self.server.heard.extend(line)
            tag, command = line.split()[:2]
            if command == b"STARTTLS":
                self.request.sendall(tag + b" OK begin\r\n")
                return
            capabilities = b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n"
            self.request.sendall(capabilities + tag + b" OK done\r\n")

    def _sent(self, piece: bytes) -> None:
        self.server.sent_bytes += len(piece)


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _copy(
    source: socket.socket, target: socket.socket, on_piece: Callable[[bytes], object]
) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            on_piece(piece)
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
