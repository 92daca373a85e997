"""Visiting a site: first the sitemaps, then address by address, nearest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentFailure,
    DocumentRef,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.web.config import PAGE_TYPES, WebConfig
from connectors.web.memory import Crawl, Memory
from connectors.web.records import Record
from connectors.web.robots import RobotsUnreadable
from connectors.web.seeds import add_sitemaps
from connectors.web.site import NothingThere, PageFailed, Site
from connectors.web.urls import Scope, path_of
from connectors.web.visits import Visits

_VERSION = 1
# So many unreachable pages in a row are an unreachable site.
_MAX_FAILURES_IN_A_ROW = 5


class SiteListing:
    """One listing. What is still to be visited lies in the memory, which is a file."""

    def __init__(
        self,
        site: Site,
        *,
        config: WebConfig,
        scope: Scope,
        memory: Memory,
        scope_name: str,
        milestone_every: int,
    ) -> None:
        self._site = site
        self._config = config
        self._scope = scope
        self._memory = memory
        self._visits = Visits(site, memory, trust_lastmod=config.trust_lastmod)
        self._scope_name = scope_name
        self._milestone_every = milestone_every
        self._failures_in_a_row = 0

    def items(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        """Raises what `Connector.discover` raises."""
        max_pages = self._config.max_pages
        if since is None:
            number = 0
            crawl = self._memory.begin(max_pages=max_pages)
            self._begin(crawl)
        else:
            name, number = self._position(since)
            crawl = self._memory.resume(name, max_pages=max_pages)
        while (row := crawl.at(number + 1)) is not None:
            number += 1
            yield from self._visit(crawl, *row)
            if number % self._milestone_every == 0:
                yield Milestone(checkpoint=self._checkpoint(crawl, number))
        yield from _end(crawl)

    def _begin(self, crawl: Crawl) -> None:
        for url in self._scope.starts:
            crawl.add(url, depth=0)
        # The pages of sitemaps are followed only where following was asked for.
        depth = 0 if self._scope.starts else self._config.max_depth
        add_sitemaps(crawl, self._site, self._scope, depth=depth)

    def _visit(self, crawl: Crawl, url: str, depth: int, lastmod: str) -> Iterator[ListingItem]:
        try:
            record = self._visits.visit(url, lastmod=lastmod)
        except RobotsUnreadable as error:
            raise error.error from error
        except NothingThere as error:
            self._require_no_start(url, str(error), error)
            self._failures_in_a_row = 0
            self._memory.forget(url)
        except PageFailed as error:
            self._require_no_start(url, error.detail, error)
            self._failures_in_a_row = 0
            yield from self._fail(crawl, url, depth, error)
        except SourceUnavailable as error:
            self._count_failure(url, error)
            yield from self._fail(crawl, url, depth, error)
        else:
            self._failures_in_a_row = 0
            self._follow(crawl, record, depth)
            if record.is_document:
                yield _reference(record, lastmod)

    def _follow(self, crawl: Crawl, record: Record, depth: int) -> None:
        if record.is_alias and record.canonical is not None:
            crawl.add(record.canonical, depth=depth)
        if depth < self._config.max_depth:
            for link in record.links:
                crawl.add(link, depth=depth + 1)
        crawl.commit()

    def _fail(
        self, crawl: Crawl, url: str, depth: int, failure: PageFailed | SourceUnavailable
    ) -> Iterator[DocumentFailure]:
        """The page is present, not gone; and so is what it has linked to."""
        known = self._memory.known(url)
        if known is None:
            self._note_unknown_links(crawl, url, depth, failure)
        else:
            self._follow(crawl, known, depth)
        if known is not None and known.url != url:
            # Where it has led may do well by itself.
            crawl.add(known.url, depth=depth)
            crawl.commit()
        elif known is None or known.is_document:
            yield DocumentFailure(
                external_id=url, path=path_of(url), code=failure.code, detail=failure.detail
            )

    def _note_unknown_links(
        self, crawl: Crawl, url: str, depth: int, failure: PageFailed | SourceUnavailable
    ) -> None:
        """Documents may be behind it that were listed before this machine knew of anything.

        A page that is closed to us, in one listing after the other, never led to any.
        """
        is_refusal = isinstance(failure, PageFailed)
        is_settled = is_refusal and self._memory.remember_refusal(url, crawl)
        if not is_settled and depth < self._config.max_depth:
            crawl.note_gap(f"The page {path_of(url)} cannot be read, nor where it leads.")
            crawl.commit()

    def _require_no_start(self, url: str, why: str, error: Exception) -> None:
        if url in self._scope.starts:
            raise SourceMisconfigured(f"{url} is no page to start from. {why}") from error

    def _count_failure(self, url: str, error: SourceUnavailable) -> None:
        """Raises it where it is the whole site's."""
        self._failures_in_a_row += 1
        is_asked_to_wait = error.retry_after_s is not None
        is_down = self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW
        if is_asked_to_wait or is_down or url in self._scope.starts:
            raise SourceUnavailable(
                f"{url} cannot be read. {error.detail}", retry_after_s=error.retry_after_s
            ) from error

    def _checkpoint(self, crawl: Crawl, number: int) -> Checkpoint:
        stored = {"web": _VERSION, "scope": self._scope_name, "crawl": crawl.name, "after": number}
        return Checkpoint(json.dumps(stored))

    def _position(self, checkpoint: Checkpoint) -> tuple[str, int]:
        """The crawl's name, and how many addresses it has visited."""
        try:
            stored = json.loads(checkpoint)
        except (ValueError, RecursionError):
            stored = None
        if isinstance(stored, dict) and stored.keys() == {"web", "scope", "crawl", "after"}:
            name, number = stored["crawl"], stored["after"]
            is_ours = stored["web"] == _VERSION and stored["scope"] == self._scope_name
            if is_ours and isinstance(name, str) and type(number) is int and 0 < number < 2**60:
                return name, number
        raise CheckpointExpired("This is no checkpoint of this site. List everything.")


def _end(crawl: Crawl) -> Iterator[ListingItem]:
    """What is not known comes last: for the caller, every document has been seen then."""
    is_cut, gap = crawl.end()
    if gap:
        yield ListingFailure(path_prefix="", code="links_unknown", detail=gap)
    if is_cut:
        yield ListingFailure(
            path_prefix="",
            code="too_many_pages",
            detail="There are more addresses than max_pages, and the rest was not asked for.",
        )
    yield ListingEnd(coverage=Coverage.PARTIAL if is_cut else Coverage.EVERYTHING)


def _reference(record: Record, lastmod: str) -> DocumentRef:
    return DocumentRef(
        external_id=record.url,
        revision=record.revision or "",
        path=path_of(record.url),
        uri=record.url,
        # What is handed out of a page is HTML, whatever it was.
        mime="text/html" if record.mime in PAGE_TYPES else record.mime,
        size_bytes=record.size_bytes,
        updated_at=record.updated_at or _time(lastmod),
    )


def _time(lastmod: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(lastmod)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
