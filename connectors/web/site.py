"""Asks a site for one address, politely, and says what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from connectors.context import ConnectorContext
from connectors.contract import (
    DocumentUnreadable,
    DocumentVanished,
    FileTooLarge,
    SourceMisconfigured,
)
from connectors.downloads import downloaded, require_size
from connectors.http.answer import Answer
from connectors.http.client import HTTPClient
from connectors.web.config import PAGE_TYPES, WebConfig
from connectors.web.pages import NO_INDEX, Page, read_page, wishes_of_headers
from connectors.web.records import Record
from connectors.web.robots import ForbiddenByRobots, Robots, RobotsUnreadable
from connectors.web.sitemaps import SitemapEntry, parse_sitemap
from connectors.web.urls import Scope, canonical_url

_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 402, 403, 407, 451})
# What is larger is no text that somebody wrote, and a parsed page takes ten times its size.
_MAX_PAGE_BYTES = 16 * 1024**2
_FORBIDDEN = "The site's robots.txt asks us not to read it."


class NothingThere(Exception):
    """Gone, forbidden by robots.txt, or outside of the source: no document."""


class PageFailed(Exception):
    """It is there, and the site does not hand it out."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Site:
    """Safe to use from several threads."""

    def __init__(self, config: WebConfig, scope: Scope, context: ConnectorContext) -> None:
        self._types = frozenset(config.mime_types)
        self._scope = scope
        self._max_bytes = context.max_file_bytes
        home = (*scope.starts, *scope.sitemaps)[0]
        # Nothing secret is sent, and links lead from https to http and back.
        self._client = HTTPClient(context, home=home, allow_http=True)
        self._robots = Robots(self._client, pacer=context.pacer)

    def visit(self, url: str, known: Record | None) -> Record:
        """What is there now; `known` itself where nothing has changed.

        Raises NothingThere, PageFailed, RobotsUnreadable, SourceUnavailable, AddressRefused.
        """

        def handle(answer: Answer) -> Record | None:
            if answer.status == 304 and known is not None:
                # Of another page than the known one, if a redirect leads elsewhere now.
                return known if canonical_url(answer.url, base=url) == known.url else None
            _require_page(answer)
            return self._record_of(url, answer)

        before = self._admitting(url in self._scope.starts)
        try:
            record = self._client.ask(
                "GET", url, handle=handle, headers=_conditions(known), before=before
            )
        except SourceMisconfigured as error:
            # Redirects that lead nowhere.
            raise PageFailed("page_unreachable", error.detail) from error
        return self.visit(url, None) if record is None else record

    @contextmanager
    def document(self, url: str) -> Iterator[Path]:
        """What is there as a file: of a page, its main text. Raises what `Connector.fetch` does."""
        with ExitStack() as stack:

            def save(answer: Answer) -> Path:
                _require_document(answer)
                if canonical_url(answer.url, base=url) != url:
                    raise NothingThere("The page has moved since it was listed.")
                return stack.enter_context(self._saved(answer))

            before = self._admitting(url in self._scope.starts)
            try:
                path = self._client.ask("GET", url, handle=save, before=before)
            except NothingThere as error:
                raise DocumentVanished(str(error)) from error
            except RobotsUnreadable as error:
                raise error.error from error
            except SourceMisconfigured as error:
                raise DocumentUnreadable(error.detail) from error
            yield path

    def sitemap(self, url: str, take: Callable[[SitemapEntry], None]) -> None:
        """Give away its entries. May begin again, after half of it.

        Raises MalformedSitemap, FileTooLarge, and what `visit` raises.
        """

        def handle(answer: Answer) -> None:
            _require_page(answer)
            with closing(answer.pieces()) as pieces:
                for entry in parse_sitemap(pieces):
                    take(entry)

        try:
            self._client.ask("GET", url, handle=handle, before=self._admitting(True))
        except SourceMisconfigured as error:
            raise PageFailed("sitemap_unreachable", error.detail) from error

    def require_allowed(self, url: str) -> None:
        """Raises NothingThere where robots.txt has come to forbid it, RobotsUnreadable."""
        try:
            self._robots.require_allowed(url)
        except ForbiddenByRobots as error:
            raise NothingThere(_FORBIDDEN) from error

    def close(self) -> None:
        self._client.close()

    def _admitting(self, is_beginning: bool) -> Callable[[str], None]:
        """What to do before each request, of a redirect too. Raises NothingThere.

        What the listing begins with may lead anywhere on the source's hosts, other pages only to
        where a link may.
        """

        def admit(url: str) -> None:
            own = canonical_url(url, base=url)
            if own is None or not self._scope.has_host(own):
                raise NothingThere("It leads to another site.")
            if not is_beginning and not self._scope.has_address(own):
                raise NothingThere("It leads to a page that the source leaves out.")
            try:
                self._robots.admit(url)
            except ForbiddenByRobots as error:
                raise NothingThere(_FORBIDDEN) from error

        return admit

    def _record_of(self, url: str, answer: Answer) -> Record:
        final = canonical_url(answer.url, base=answer.url) or url
        modified = answer.headers.get("Last-Modified")
        is_wanted = answer.mime in self._types and self._scope.has_document(final)
        record = Record(
            url=final,
            etag=answer.headers.get("ETag"),
            last_modified=modified,
            mime=answer.mime,
            updated_at=_time(modified),
        )
        if answer.mime in PAGE_TYPES:
            return self._record_of_page(record, url, answer, is_wanted=is_wanted)
        if not is_wanted or NO_INDEX & wishes_of_headers(answer.headers.get_list("X-Robots-Tag")):
            return record
        revision = self._file_revision(answer)
        return record.model_copy(update={"revision": revision, "size_bytes": answer.declared_bytes})

    def _record_of_page(
        self, record: Record, url: str, answer: Answer, *, is_wanted: bool
    ) -> Record:
        try:
            page = self._read_page(answer, is_wanted=is_wanted)
        except FileTooLarge as error:
            raise PageFailed(error.code, error.detail) from error
        canonical = page.canonical and self._scope.adopted(page.canonical)
        # If the other address leads back to here, as `http` does to `https`, this is the page.
        is_own = canonical in {record.url, url, None}
        links = filter(None, map(self._scope.adopted, page.links))
        return record.model_copy(
            update={
                "revision": None if page.content is None else _hash(page.content),
                "canonical": None if is_own else canonical,
                "links": tuple(dict.fromkeys(links)),
            }
        )

    def _saved(self, answer: Answer) -> AbstractContextManager[Path]:
        if answer.mime not in PAGE_TYPES:
            return self._client.saved(answer)
        content = self._read_page(answer, is_wanted=True).content
        if content is None:
            raise NothingThere("The page asks not to be found.")
        return downloaded([content], max_bytes=len(content))

    def _read_page(self, answer: Answer, *, is_wanted: bool) -> Page:
        kind = Message()
        kind["Content-Type"] = answer.headers.get("Content-Type", "")
        return read_page(
            answer.read(max_bytes=min(self._max_bytes, _MAX_PAGE_BYTES)),
            url=answer.url,
            charset=kind.get_content_charset(),
            robots=answer.headers.get_list("X-Robots-Tag"),
            is_wanted=is_wanted,
        )

    def _file_revision(self, answer: Answer) -> str:
        """Without reading the file where the site says enough about it."""
        etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        length = answer.headers.get("Content-Length", "")
        if etag and not etag.startswith("W/"):
            return str(etag).strip('"')
        if modified:
            return f"{modified} {length}"
        hashed, size = hashlib.sha256(), 0
        try:
            for piece in answer.pieces():
                size += len(piece)
                require_size(size, max_bytes=self._max_bytes)
                hashed.update(piece)
        except FileTooLarge:
            return f"too large {length}"  # As fetching it will say.
        return f"sha256:{hashed.hexdigest()}"


def _conditions(known: Record | None) -> dict[str, str]:
    if known is None:
        return {}
    if known.etag:
        return {"If-None-Match": known.etag}
    return {"If-Modified-Since": known.last_modified} if known.last_modified else {}


def _require_page(answer: Answer) -> None:
    """Raises NothingThere, PageFailed, SourceUnavailable by the status."""
    if answer.status in _GONE:
        raise NothingThere("There is nothing at this address.")
    if answer.status in _CLOSED:
        raise PageFailed(
            "login_required",
            f"The site does not let us read this page (status {answer.status}): it may want a "
            "login, which this kind of source does not have.",
        )
    if answer.status >= 500 or answer.status in {408, 425, 429}:
        answer.require_success()
    if answer.status not in {200, 203}:
        raise PageFailed("page_refused", f"The site answers with the status {answer.status}.")


def _require_document(answer: Answer) -> None:
    try:
        _require_page(answer)
    except PageFailed as error:
        raise DocumentUnreadable(error.detail) from error


def _hash(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _time(text: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(text or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
