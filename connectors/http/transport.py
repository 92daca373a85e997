"""Connections to addresses that the egress policy allowed, and to no others."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from functools import cache

import certifi
import httpcore
import httpx

from connectors.egress import EgressPolicy

# A name may have dozens of addresses, each of which may take as long as the time-out.
_MAX_ADDRESSES = 4

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class GuardedTransport(httpx.BaseTransport):
    """Sends one request, once. Raises what the egress policy raises, and httpcore's errors.

    The policy decides as each connection is made. A certificate must be the name's, not the
    address's. No proxy, certificate or other setting comes from the environment. Safe to use
    from several threads.
    """

    def __init__(self, egress: EgressPolicy) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust(),
            # As many as there are threads.
            max_connections=None,
            max_keepalive_connections=8,
            keepalive_expiry=15.0,
            network_backend=_GuardedBackend(egress),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


@cache
def trust() -> ssl.SSLContext:
    """One for the process: reading the authorities takes 50 ms."""
    return ssl.create_default_context(cafile=certifi.where())


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, egress: EgressPolicy) -> None:
        self._egress = egress
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._egress.resolve(host, port)[:_MAX_ADDRESSES]:
            try:
                return self._sockets.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
