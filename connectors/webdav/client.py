"""Asks a WebDAV server what a collection has in it, and for its files."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import SecretStr

from connectors.context import ConnectorContext
from connectors.contract import (
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    FileTooLarge,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import require_size
from connectors.http.answer import Answer
from connectors.http.client import HTTPClient
from connectors.webdav.config import WebdavConfig, WebdavCredentials
from connectors.webdav.multistatus import PROPFIND, MalformedMultistatus, parse_multistatus
from connectors.webdav.resources import Resource, encoded, resources_of

# Some hundred thousand files with all their properties.
_MAX_LISTING_BYTES = 128 * 1024**2
_GONE = frozenset({404, 410})


class NoSuchCollection(Exception):
    """There is none at this path, or none any more."""


class WebdavClient:
    """Safe to use from several threads. Paths are relative to the source's collection."""

    def __init__(
        self, config: WebdavConfig, credentials: WebdavCredentials | None, context: ConnectorContext
    ) -> None:
        self._root = config.url.rstrip("/") + "/"
        self._http = HTTPClient(
            context,
            home=config.url,
            authorization=None if credentials is None else _authorization(credentials),
            allow_http=config.allow_http,
        )

    def url_of(self, path: str) -> str:
        return self._root + encoded(path)

    def require_root(self) -> None:
        """Raises SourceMisconfigured, CredentialsRefused, SourceUnavailable, AddressRefused."""
        try:
            self._propfind("", depth="0")
        except NoSuchCollection as error:
            raise no_root() from error

    def members(self, path: str) -> list[Resource]:
        """All that is directly in this collection, by name.

        Raises NoSuchCollection besides what `require_root` raises.
        """
        found = {item.name: item for item in self._propfind(path, depth="1")}
        return [found[name] for name in sorted(found) if name]

    def download(self, ref: DocumentRef) -> AbstractContextManager[Path]:
        """Raises what `Connector.fetch` raises."""
        url = self.url_of(ref.path)

        def require(answer: Answer) -> None:
            _require_document(answer, is_page=ref.mime == "text/html", has_moved=answer.url != url)

        return self._http.download(url, require=require)

    def close(self) -> None:
        self._http.close()

    def _propfind(self, path: str, *, depth: str) -> list[Resource]:
        """The collection and, with depth 1, what is in it. Many servers refuse to go deeper."""
        return self._http.ask(
            "PROPFIND",
            # With its slash, or some servers redirect.
            self.url_of(path) if not path else self.url_of(path) + "/",
            handle=_read_collection,
            headers={"Depth": depth, "Content-Type": 'application/xml; charset="utf-8"'},
            content=PROPFIND,
        )


def no_root() -> SourceMisconfigured:
    return SourceMisconfigured(
        "There is no collection at this URL, or the credentials do not reach it."
    )


def _read_collection(answer: Answer) -> list[Resource]:
    if answer.status in _GONE:
        raise NoSuchCollection
    if (answer.is_success and answer.status != 207) or answer.status in {405, 501}:
        raise SourceMisconfigured(
            f"The server does not speak WebDAV at this URL (status {answer.status}). Take the one "
            "that it shows for WebDAV clients."
        )
    answer.require_success()
    try:
        responses = parse_multistatus(_bounded(answer))
        found = list(resources_of(responses, collection_url=answer.url))
    except MalformedMultistatus as error:
        raise SourceUnavailable(
            "The server's list of a collection is no valid XML.", operator_detail=str(error)
        ) from error
    except FileTooLarge as error:
        raise SourceMisconfigured(
            "A collection has too many files to be listed. Distribute them over several."
        ) from error
    own = next((item for item in found if not item.name), None)
    if own is None:
        raise SourceMisconfigured(
            "The server lists a collection under another path than was asked for. Write the URL "
            "exactly as the server does, capitals included."
        )
    if own.problem is not None:
        raise SourceUnavailable(f"The server does not list a collection. {own.problem}")
    if not own.is_collection:
        raise NoSuchCollection
    return found


def _bounded(answer: Answer) -> Iterator[bytes]:
    size = 0
    for piece in answer.pieces():
        size += len(piece)
        require_size(size, max_bytes=_MAX_LISTING_BYTES)
        yield piece


def _require_document(answer: Answer, *, is_page: bool, has_moved: bool) -> None:
    if answer.status in _GONE:
        raise DocumentVanished("The file was gone when it was to be read.")
    if answer.status in {403, 423, 451}:
        raise DocumentUnreadable(
            f"The server does not hand out this file (status {answer.status}). Is the user allowed "
            "to read it, and is it not locked?"
        )
    answer.require_success()
    if answer.status != 200:
        raise SourceUnavailable(f"The server answers with the status {answer.status}, not a file.")
    if has_moved and answer.mime == "text/html" and not is_page:
        raise DocumentUnreadable("The server answers with a web page: is it one to log in?")


def _authorization(credentials: WebdavCredentials) -> SecretStr:
    if credentials.token is not None:
        return SecretStr(f"Bearer {credentials.token.get_secret_value()}")
    password = credentials.password.get_secret_value() if credentials.password else ""
    pair = f"{credentials.username}:{password}".encode()
    return SecretStr(f"Basic {base64.b64encode(pair).decode('ascii')}")
