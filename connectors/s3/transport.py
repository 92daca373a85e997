"""HTTP for the vendor's library: over connections that the egress policy made, and no others."""

from __future__ import annotations

import io
import socket
import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3
from botocore.awsrequest import AWSResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from connectors.egress import EgressPolicy
from connectors.s3.errors import Refusal, Refused

# A thousand keys of 1,024 bytes each, percent-encoded, are 3 MB.
_MAX_LISTING_BYTES = 16 * 1024**2
_MAX_REFUSAL_BYTES = 64 * 1024


class ListingTooLong(HTTPError):
    """An answer that is to be held in memory goes on and on."""


class GuardedTransport:
    """Sends one prepared request, once: nothing is followed and nothing repeated.

    No proxy, certificate or other setting comes from the environment. Safe to use from several
    threads.
    """

    def __init__(self, egress: EgressPolicy, *, timeout_s: float, connections: int) -> None:
        self._pools = urllib3.PoolManager(
            maxsize=connections,
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            ssl_context=_trust(),
        )
        self._pools.pool_classes_by_scheme = _guarded_pools(egress, timeout_s=timeout_s)

    def close(self) -> None:
        self._pools.clear()

    def send(self, request: Any, **_: Any) -> AWSResponse:
        """Handles botocore's event `before-send`: what it returns takes the place of an answer.

        Raises Refused for an answer that is not a success, so that botocore, which would go after
        a redirect to another region, never sees it; what the egress policy raises; HTTPError.
        """
        answer = self._ask(request)
        if answer.status >= 300:
            try:
                body = answer.read(_MAX_REFUSAL_BYTES)
            finally:
                answer.close()
            raise Refused(Refusal.of(answer.status, answer.headers, body))
        if request.stream_output:
            return AWSResponse(request.url, answer.status, answer.headers, answer)
        content = urllib3.HTTPResponse(io.BytesIO(_read_whole(answer)), preload_content=False)
        return AWSResponse(request.url, answer.status, answer.headers, content)

    def _ask(self, request: Any) -> urllib3.BaseHTTPResponse:
        url = urlsplit(request.url)
        # Not through the manager, which would resolve the ".." in a key.
        return self._pools.connection_from_url(request.url).urlopen(
            request.method,
            f"{url.path or '/'}?{url.query}" if url.query else url.path or "/",
            headers=request.headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )


@cache
def _trust() -> ssl.SSLContext:
    """One for the process: reading the authorities takes 50 ms."""
    return ssl.create_default_context(cafile=certifi.where())


def _read_whole(answer: urllib3.BaseHTTPResponse) -> bytes:
    """botocore reads a body that was cut to nothing as an empty listing; urllib3 counts."""
    content = answer.read(_MAX_LISTING_BYTES + 1)
    if len(content) > _MAX_LISTING_BYTES:
        answer.close()
        raise ListingTooLong(f"more than {_MAX_LISTING_BYTES} bytes")
    answer.release_conn()
    return content


def _guarded_pools(
    egress: EgressPolicy, *, timeout_s: float
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class Connection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, egress, timeout_s=timeout_s)

    class SecureConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, egress, timeout_s=timeout_s)

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


def _connected(
    connection: HTTPConnection, egress: EgressPolicy, *, timeout_s: float
) -> socket.socket:
    try:
        opened = egress.connect(connection.host, connection.port, timeout_s=timeout_s)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "no connection in time") from error
    except OSError as error:
        raise NewConnectionError(connection, "no connection") from error
    for option in connection.socket_options or ():
        opened.setsockopt(*option)
    return opened
