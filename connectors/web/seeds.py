"""What a listing begins with: the pages that sitemaps name."""

from __future__ import annotations

from connectors.contract import FileTooLarge, SourceMisconfigured
from connectors.web.memory import Crawl
from connectors.web.robots import RobotsUnreadable
from connectors.web.site import NothingThere, PageFailed, Site
from connectors.web.sitemaps import MalformedSitemap, SitemapEntry
from connectors.web.urls import Scope, canonical_url, path_of

_MAX_SITEMAPS = 1_000
# Others may want to write to the same file while a sitemap arrives slowly.
_PAGES_PER_COMMIT = 500


def add_sitemaps(crawl: Crawl, site: Site, scope: Scope, *, depth: int) -> None:
    """Add the pages of all sitemaps, and of those that they name; notes those that are missing.

    Raises SourceMisconfigured, SourceUnavailable, AddressRefused.
    """
    pending = list(reversed(scope.sitemaps))
    seen = set(pending)
    while pending:
        url = pending.pop()
        try:
            further = _add_sitemap(crawl, site, scope, url, depth=depth)
        except RobotsUnreadable as error:
            raise error.error from error
        except (NothingThere, PageFailed, MalformedSitemap, FileTooLarge) as error:
            if url in scope.sitemaps:
                raise SourceMisconfigured(
                    f"There is no sitemap to be read at {url}. {error}"
                ) from error
            crawl.note_gap(f"The sitemap {path_of(url)} cannot be read.")
            further = []
        new = [found for found in further if found not in seen]
        if len(seen) + len(new) > _MAX_SITEMAPS:
            crawl.note_gap(f"There are more than {_MAX_SITEMAPS} sitemaps.")
            new = new[: _MAX_SITEMAPS - len(seen)]
        seen.update(new)
        pending.extend(reversed(new))
        crawl.commit()


def _add_sitemap(crawl: Crawl, site: Site, scope: Scope, url: str, *, depth: int) -> list[str]:
    """Returns the sitemaps that it names, or one more of them than there may be."""
    further: dict[str, None] = {}
    added = 0

    def take(entry: SitemapEntry) -> None:
        nonlocal added
        found = canonical_url(entry.url, base=url)
        if found is None:
            return
        if entry.is_sitemap:
            if len(further) <= _MAX_SITEMAPS:
                further[found] = None
            return
        page = scope.adopted(found)
        if page is not None:
            crawl.add(page, depth=depth, lastmod=entry.lastmod)
            added += 1
            if added % _PAGES_PER_COMMIT == 0:
                crawl.commit()

    site.sitemap(url, take)
    return list(further)
