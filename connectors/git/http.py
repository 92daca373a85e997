"""HTTP to the git server: where the egress policy allows, with retries and checked redirects."""

from __future__ import annotations

import base64
import random
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    SSLError,
)

from connectors.context import ConnectorContext
from connectors.contract import CredentialsRefused, SourceMisconfigured, SourceUnavailable
from connectors.egress import EgressPolicy
from connectors.git.config import GitCredentials

_MAX_REDIRECTS = 5
_MAX_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.5
_MAX_PAUSE_S = 10.0
"""Above it, waiting is the caller's affair. Three pauses are at most 30 s."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class GitHttp:
    """Connections to one server for the length of a `with` block, to be used by one thread.

    Nothing of the environment counts: no proxy, no .netrc, no git configuration.
    """

    def __init__(
        self,
        url: str,
        credentials: GitCredentials | None,
        context: ConnectorContext,
        *,
        max_bytes: int,
    ) -> None:
        self._origin = _origin(urlsplit(url))
        self._authorization = None if credentials is None else _basic(credentials)
        self._context = context
        self._max_bytes = max_bytes
        self._pools = _pool_manager(context.egress)
        self._responses: list[urllib3.BaseHTTPResponse] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for response in self._responses:
            response.close()
        self._pools.clear()

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[urllib3.BaseHTTPResponse, str]:
        """The successful answer, its body still to be read, and the URL that gave it.

        Raises SourceMisconfigured, CredentialsRefused, SourceUnavailable, AddressRefused.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._ask(method, url, headers=headers, body=body)
            if response.status not in _REDIRECTS:
                _require_success(response)
                return response, url
            url = _redirected(method, url, response)
        raise SourceMisconfigured("The URL leads from one redirect to the next without an end.")

    def reader(self, response: urllib3.BaseHTTPResponse) -> Callable[[int], bytes]:
        """Reads the body. Raises SourceUnavailable where it ends too soon, or is too large."""
        read_bytes = 0

        def read(size: int) -> bytes:
            nonlocal read_bytes
            try:
                piece = response.read(size)
            except (HTTPError, OSError) as error:
                raise SourceUnavailable(
                    "The connection to the git server broke off in the middle of an answer.",
                    operator_detail=type(error).__name__,
                ) from error
            read_bytes += len(piece)
            if read_bytes > self._max_bytes:
                raise SourceMisconfigured(
                    f"The branch with its history has more than {self._max_bytes:,} bytes, which "
                    "is this source's limit: max_clone_bytes.",
                    limit_bytes=self._max_bytes,
                )
            return piece

        return read

    def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        """One answer, after as many attempts as it is worth. Any status but those to try again."""
        attempt = 1
        while True:
            response = self._send(method, url, headers=headers, body=body)
            if response.status not in _TRY_AGAIN:
                return response
            asked_pause_s = _retry_after_s(response)
            pause_s = asked_pause_s
            if pause_s is None:
                pause_s = _FIRST_PAUSE_S * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)  # noqa: S311
            if attempt == _MAX_ATTEMPTS or pause_s > _MAX_PAUSE_S:
                raise SourceUnavailable(
                    f"The git server answers with the status {response.status}.",
                    retry_after_s=asked_pause_s,
                    status=response.status,
                )
            response.close()
            self._context.pacer.hold_back(pause_s)
            attempt += 1

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        own_headers = dict(headers)
        # A redirect to another place must not take the credentials there.
        if self._authorization is not None and _origin(urlsplit(url)) == self._origin:
            own_headers["Authorization"] = self._authorization
        self._context.pacer.wait()
        try:
            response = self._pools.request(
                method,
                url,
                headers=own_headers,
                body=body,
                timeout=self._context.timeout_s,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except SSLError as error:
            raise SourceMisconfigured(
                "No trusted TLS connection to the git server can be made. Is its certificate "
                "valid, and its issuer known to this machine?",
                operator_detail=str(error),
            ) from error
        except (HTTPError, OSError) as error:
            raise SourceUnavailable(
                "The git server does not answer.", operator_detail=type(error).__name__
            ) from error
        self._responses.append(response)
        return response


def _require_success(response: urllib3.BaseHTTPResponse) -> None:
    status = response.status
    if status == 200:
        return
    if status in {401, 403}:
        raise CredentialsRefused(
            "The git server does not let us read this repository. Give it a user name and a "
            "token that may read the repository's content, and that has not expired.",
            status=status,
        )
    if status in {404, 410}:
        raise SourceMisconfigured(
            "There is no git repository at this URL, or the credentials do not reach it: many "
            "servers do not tell the two apart.",
            status=status,
        )
    if 400 <= status < 500:
        raise SourceMisconfigured(
            f"The git server refuses the request with the status {status}. Is the URL the one "
            "that `git clone` takes?",
            status=status,
        )
    raise SourceUnavailable(f"The git server answers with the status {status}.", status=status)


def _redirected(method: str, url: str, response: urllib3.BaseHTTPResponse) -> str:
    """Where to ask instead. As in git, only the first request of a conversation may move."""
    response.close()
    target = urljoin(url, response.headers.get("Location", ""))
    parts = urlsplit(target)
    if method != "GET" or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise SourceMisconfigured("The git server redirects to where this source cannot follow.")
    if "@" in parts.netloc:
        raise SourceMisconfigured("The git server redirects to a URL with a user name in it.")
    if urlsplit(url).scheme == "https" and parts.scheme == "http":
        raise SourceMisconfigured(
            "The git server redirects from https to http, where anyone could listen."
        )
    return target


def _retry_after_s(response: urllib3.BaseHTTPResponse) -> float | None:
    """What the server asks for, as seconds or as a date; None where it says nothing."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _basic(credentials: GitCredentials) -> str:
    pair = f"{credentials.username}:{credentials.token.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"


def _pool_manager(egress: EgressPolicy) -> urllib3.PoolManager:
    """One whose connections go where the policy allows, decided as each is made."""

    class PlainConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, egress)

    class TlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, egress)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class TlsPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = TlsConnection

    manager = urllib3.PoolManager()
    pool_types: dict[str, Any] = {"http": PlainPool, "https": TlsPool}
    manager.pool_classes_by_scheme = pool_types
    return manager


def _connect(connection: HTTPConnection, egress: EgressPolicy) -> socket.socket:
    timeout_s = connection.timeout
    assert isinstance(timeout_s, int | float)  # noqa: S101  (`_send` always gives one)
    try:
        made = egress.connect(connection.host, connection.port or 80, timeout_s=timeout_s)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "timed out") from error
    except OSError as error:
        raise NewConnectionError(connection, "failed") from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
