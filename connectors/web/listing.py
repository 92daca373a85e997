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
    FileTooLarge,
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
from connectors.web.site import NothingThere, PageFailed, Site
from connectors.web.sitemaps import MalformedSitemap, SitemapEntry
from connectors.web.urls import Scope, canonical_url, path_of

_VERSION = 1
_MAX_SITEMAPS = 1_000
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
        self._scope_name = scope_name
        self._milestone_every = milestone_every
        self._failures_in_a_row = 0
        self._is_incompleteness_said = False

    def items(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        """Raises what `Connector.discover` raises."""
        max_pages = self._config.max_pages
        if since is None:
            number = 0
            crawl = self._memory.begin(max_pages=max_pages)
            yield from self._begin(crawl)
        else:
            name, number = self._position(since)
            crawl = self._memory.resume(name, max_pages=max_pages)
        while (row := crawl.at(number + 1)) is not None:
            number += 1
            yield from self._visit(crawl, *row)
            if number % self._milestone_every == 0:
                yield Milestone(checkpoint=self._checkpoint(crawl, number))
        yield ListingEnd(coverage=Coverage.PARTIAL if crawl.is_cut else Coverage.EVERYTHING)

    def _begin(self, crawl: Crawl) -> Iterator[ListingItem]:
        for url in self._scope.starts:
            crawl.add(url, depth=0)
        crawl.commit()
        pending = list(reversed(self._scope.sitemaps))
        seen = set(pending)
        while pending:
            url = pending.pop()
            try:
                further = self._read_sitemap(crawl, url)
            except RobotsUnreadable as error:
                raise error.error from error
            except (NothingThere, PageFailed, MalformedSitemap, FileTooLarge) as error:
                if url in self._scope.sitemaps:
                    raise SourceMisconfigured(
                        f"There is no sitemap to be read at {url}. {error}"
                    ) from error
                yield from self._say_incomplete(f"The sitemap {path_of(url)} cannot be read.")
                continue
            new = [found for found in further if found not in seen]
            if len(seen) + len(new) > _MAX_SITEMAPS:
                yield from self._say_incomplete(f"There are more than {_MAX_SITEMAPS} sitemaps.")
                new = new[: max(0, _MAX_SITEMAPS - len(seen))]
            seen.update(new)
            pending.extend(reversed(new))

    def _read_sitemap(self, crawl: Crawl, url: str) -> list[str]:
        """Add its pages; returns the sitemaps that it names."""
        further: dict[str, None] = {}
        # Its pages are followed only where following was asked for.
        depth = 0 if self._scope.starts else self._config.max_depth

        def take(entry: SitemapEntry) -> None:
            found = canonical_url(entry.url, base=url)
            if found is None:
                return
            if entry.is_sitemap:
                further[found] = None
            elif self._scope.has_document(found):
                crawl.add(found, depth=depth, lastmod=entry.lastmod)

        self._site.sitemap(url, take)
        crawl.commit()
        return list(further)

    def _visit(self, crawl: Crawl, url: str, depth: int, lastmod: str) -> Iterator[ListingItem]:
        known = self._memory.known(url)
        is_start = url in self._scope.starts
        failure: PageFailed | SourceUnavailable
        try:
            record = self._record(url, known, lastmod=lastmod)
        except RobotsUnreadable as error:
            raise error.error from error
        except NothingThere as error:
            if is_start:
                raise SourceMisconfigured(f"{url} is no page to start from. {error}") from error
            crawl.forget(url)
            crawl.commit()
            return
        except (PageFailed, SourceUnavailable) as error:
            self._count_failure(error)
            if is_start and isinstance(error, PageFailed):
                raise SourceMisconfigured(
                    f"{url} is no page to start from. {error.detail}"
                ) from error
            if is_start:
                raise
            failure = error
        else:
            self._failures_in_a_row = 0
            crawl.remember(url, record)
            self._follow(crawl, record, depth)
            crawl.commit()
            if record.revision is not None:
                yield _reference(record, record.revision, lastmod)
            return
        yield from self._failed(crawl, url, depth, known, failure)

    def _record(self, url: str, known: Record | None, *, lastmod: str) -> Record:
        is_same = known is not None and lastmod and known.lastmod == lastmod
        if self._config.trust_lastmod and known is not None and is_same:
            return known
        return self._site.visit(url, known).model_copy(update={"lastmod": lastmod})

    def _follow(self, crawl: Crawl, record: Record, depth: int) -> None:
        if record.alias_of is not None:
            crawl.add(record.alias_of, depth=depth)
        if depth < self._config.max_depth:
            for link in record.links:
                crawl.add(link, depth=depth + 1)

    def _failed(
        self,
        crawl: Crawl,
        url: str,
        depth: int,
        known: Record | None,
        failure: PageFailed | SourceUnavailable,
    ) -> Iterator[ListingItem]:
        """Present, not gone; and so is what it linked to."""
        if known is not None:
            self._follow(crawl, known, depth)
            crawl.commit()
        elif depth < self._config.max_depth:
            yield from self._say_incomplete(
                f"The page {path_of(url)} cannot be read, nor where it leads."
            )
        if known is None or known.revision is not None:
            external_id = url if known is None else known.url
            yield DocumentFailure(
                external_id=external_id,
                path=path_of(external_id),
                code=failure.code,
                detail=failure.detail,
            )

    def _count_failure(self, error: PageFailed | SourceUnavailable) -> None:
        """Raises it where it is the whole site's."""
        if isinstance(error, PageFailed):
            self._failures_in_a_row = 0
            return
        self._failures_in_a_row += 1
        is_asked_to_wait = error.retry_after_s is not None
        if is_asked_to_wait or self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW:
            raise error

    def _say_incomplete(self, why: str) -> Iterator[ListingFailure]:
        """Any document may be behind what could not be read: none of them counts as gone."""
        if not self._is_incompleteness_said:
            self._is_incompleteness_said = True
            yield ListingFailure(path_prefix="", code="links_unknown", detail=why)

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
            if is_ours and isinstance(name, str) and type(number) is int and number > 0:
                return name, number
        raise CheckpointExpired("This is no checkpoint of this site. List everything.")


def _reference(record: Record, revision: str, lastmod: str) -> DocumentRef:
    return DocumentRef(
        external_id=record.url,
        revision=revision,
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
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
