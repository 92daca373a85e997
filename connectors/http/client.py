"""Asks a server: where the egress policy allows, at the source's pace, patiently, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import SecretStr

from connectors.context import ConnectorContext
from connectors.contract import SourceMisconfigured
from connectors.downloads import downloaded, require_size
from connectors.egress import HostNotFound
from connectors.http.answer import Answer
from connectors.http.decoding import ACCEPT_ENCODING
from connectors.http.origins import Origin, redirect_target
from connectors.http.problems import (
    TRANSPORT_ERRORS,
    TRY_AGAIN,
    problem_of_status,
    problem_of_transport,
)
from connectors.http.retries import TryAgain, patiently
from connectors.http.transport import GuardedTransport

T = TypeVar("T")

USER_AGENT = "VouchBot/1.0"
MAX_REDIRECTS = 10
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": ACCEPT_ENCODING}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HTTPClient:
    """Safe to use from several threads. Nothing of the environment counts, and no cookie is kept.

    `authorization` is the header's value, and goes to the origin of `home` alone.
    """

    def __init__(
        self,
        context: ConnectorContext,
        *,
        home: str,
        authorization: SecretStr | None = None,
        allow_http: bool = False,
    ) -> None:
        self._context = context
        self._home = Origin.of(home)
        self._authorization = authorization
        self._allow_http = allow_http
        # Without httpx's client, which keeps cookies and fails at what is no URL in a redirect.
        self._transport = GuardedTransport(context.egress)

    def ask(
        self,
        method: str,
        url: str,
        *,
        handle: Callable[[Answer], T],
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        before: Callable[[str], None] | None = None,
    ) -> T:
        """What `handle` makes of the answer, whose body it may read, and whose status is any but
        a redirect's and those after which one asks again. It is called again after half a body.

        `before` is called with each URL that is to be asked, of redirects too; what it raises
        ends the request. Raises SourceUnavailable, SourceMisconfigured, AddressRefused.
        """

        def attempt() -> T:
            return self._follow(
                method, url, handle=handle, headers=headers, content=content, before=before
            )

        return patiently(attempt, pacer=self._context.pacer)

    @contextmanager
    def download(
        self,
        url: str,
        *,
        require: Callable[[Answer], None],
        before: Callable[[str], None] | None = None,
    ) -> Iterator[Path]:
        """The content as a file inside the `with` block. `require` raises unless it is wanted.

        Raises FileTooLarge besides what `ask` raises.
        """
        with ExitStack() as stack:

            def save(answer: Answer) -> Path:
                require(answer)
                return stack.enter_context(self.saved(answer))

            headers = {"Accept-Encoding": "identity"}
            yield self.ask("GET", url, handle=save, headers=headers, before=before)

    @contextmanager
    def saved(self, answer: Answer) -> Iterator[Path]:
        """The answer's content as a file. Raises FileTooLarge, before the first byte if it can."""
        max_bytes = self._context.max_file_bytes
        require_size(answer.declared_bytes or 0, max_bytes=max_bytes)
        with (
            closing(answer.pieces()) as pieces,
            downloaded(pieces, max_bytes=max_bytes) as path,
        ):
            yield path

    def close(self) -> None:
        self._transport.close()

    def _follow(
        self,
        method: str,
        url: str,
        *,
        handle: Callable[[Answer], T],
        headers: Mapping[str, str] | None,
        content: bytes | None,
        before: Callable[[str], None] | None,
    ) -> T:
        for _ in range(MAX_REDIRECTS + 1):
            if before is not None:
                before(url)
            with self._sent(method, url, headers=headers, content=content) as answer:
                if not _is_redirect(method, answer):
                    _require_last(answer)
                    return handle(answer)
                location = answer.headers["Location"]
            url = redirect_target(url, location, allow_http=self._allow_http)
        raise SourceMisconfigured("The address leads from one redirect to the next without an end.")

    @contextmanager
    def _sent(
        self, method: str, url: str, *, headers: Mapping[str, str] | None, content: bytes | None
    ) -> Iterator[Answer]:
        own_headers = _HEADERS | dict(headers or {})
        # A redirect to another place must not take the credentials there.
        if self._authorization is not None and Origin.of(url) == self._home:
            own_headers["Authorization"] = self._authorization.get_secret_value()
        timeout_s = self._context.timeout_s
        self._context.pacer.wait()
        try:
            request = httpx.Request(
                method,
                url,
                headers=own_headers,
                content=content,
                extensions={"timeout": httpx.Timeout(timeout_s).as_dict()},
            )
            response = self._transport.handle_request(request)
        except (*TRANSPORT_ERRORS, HostNotFound) as error:
            raise problem_of_transport(error, timeout_s=timeout_s, has_begun=False) from error
        except httpx.InvalidURL as error:
            raise SourceMisconfigured("The server redirects to what is no web address.") from error
        with closing(response):
            yield Answer(response, url=url, timeout_s=timeout_s)


def _is_redirect(method: str, answer: Answer) -> bool:
    """A 303 asks for a GET of something else, which answers nothing but a GET."""
    if "Location" not in answer.headers or answer.status not in _REDIRECTS:
        return False
    return answer.status != 303 or method in {"GET", "HEAD"}


def _require_last(answer: Answer) -> None:
    """Raises TryAgain for an answer after which one asks again."""
    if answer.status not in TRY_AGAIN:
        return
    problem = problem_of_status(answer.status, retry_after_s=answer.retry_after_s)
    assert not isinstance(problem, SourceMisconfigured)  # noqa: S101  (see TRY_AGAIN)
    raise TryAgain(
        problem,
        asked_pause_s=answer.retry_after_s,
        is_for_everyone=answer.status in {429, 503},
    )
