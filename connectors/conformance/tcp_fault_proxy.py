"""A TCP proxy that misbehaves on demand, for the protocols that are not HTTP."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

from connectors.conformance.faults import Fault, FaultSchedule

_PIECE_BYTES = 64 * 1024
_LOOK_EVERY_S = 0.02


class TcpFaultProxy:
    """Passes bytes between its own `port` on 127.0.0.1 and a server.

    It knows two faults: TIMEOUT, after which a connection stays silent, and HALF_RESPONSE, which
    cuts it. Other connections go on.

        with TcpFaultProxy("127.0.0.1", server.port) as proxy:
            proxy.inject(Fault.HALF_RESPONSE, after=100)  # bytes, on the way to the client
    """

    host = "127.0.0.1"

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._schedule = FaultSchedule()
        self._closed = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self.connections = 0
        """How many have been made."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0), backlog=64)
        self._listener.settimeout(_LOOK_EVERY_S)
        self._start(self._accept, self._listener)
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
        self._closed.set()
        while self._threads:
            self._threads.pop(0).join()
        self._listener = None

    @property
    def port(self) -> int:
        if self._listener is None:
            raise RuntimeError("the proxy runs only inside its `with` block")
        return int(self._listener.getsockname()[1])

    @property
    def bytes_to_client(self) -> int:
        """How many have been passed on, over all connections."""
        return self._schedule.count

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        """Let the connection meet the fault that is to bring the byte number `after` from now."""
        if fault not in (Fault.TIMEOUT, Fault.HALF_RESPONSE):
            raise ValueError(f"a connection knows nothing of {fault.value}")
        self._schedule.plan(fault, after=after)

    def clear(self) -> None:
        """Forget the faults that no connection has met yet."""
        self._schedule.clear()

    def _start(self, target: object, connection: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(connection,))  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while not self._closed.is_set():
                with contextlib.suppress(TimeoutError):
                    client, _ = listener.accept()
                    self.connections += 1
                    self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                upstream = socket.create_connection(self._upstream, timeout=10)
            except OSError:
                return
            with upstream, contextlib.suppress(OSError), selectors.DefaultSelector() as selector:
                upstream.settimeout(None)
                client.settimeout(None)
                selector.register(client, selectors.EVENT_READ)
                selector.register(upstream, selectors.EVENT_READ)
                while not self._closed.is_set():
                    for key, _ in selector.select(_LOOK_EVERY_S):
                        is_open = (
                            self._to_server(client, upstream)
                            if key.fileobj is client
                            else self._to_client(client, upstream)
                        )
                        if not is_open:
                            return

    def _to_server(self, client: socket.socket, upstream: socket.socket) -> bool:
        """Whether the connection goes on."""
        piece = client.recv(_PIECE_BYTES)
        upstream.sendall(piece)
        return bool(piece)

    def _to_client(self, client: socket.socket, upstream: socket.socket) -> bool:
        """Whether the connection goes on."""
        piece = upstream.recv(_PIECE_BYTES)
        if not piece:
            return False
        undisturbed, fault = self._schedule.pass_by(len(piece))
        client.sendall(piece[:undisturbed])
        if fault is Fault.TIMEOUT:
            self._stall(client)
        return fault is None

    def _stall(self, client: socket.socket) -> None:
        """Until the client gives up, or the proxy is closed. What it still says goes nowhere."""
        client.settimeout(_LOOK_EVERY_S)
        while not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                if not client.recv(_PIECE_BYTES):
                    return
