"""Documents on a website: what a crawl finds, or a sitemap names."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    DocumentRef,
    FileTooLarge,
    ListingItem,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.web.config import WebConfig
from connectors.web.listing import SiteListing
from connectors.web.memory import Memory
from connectors.web.robots import RobotsUnreadable
from connectors.web.site import NothingThere, PageFailed, Site
from connectors.web.sitemaps import MalformedSitemap
from connectors.web.urls import Scope

# Another one where the same page may give another revision or other links.
_RECORDS_VERSION = 1


class WebConnector:
    """Asks for each page anew, and lets the site say that nothing has changed.

    The external id is the page's canonical URL. The revision is a hash of its main text, so that
    a new footer changes nothing; of a file, the strong ETag, else time and length, else a hash.
    """

    kind: ClassVar[str] = "web"
    config_type: ClassVar[type[BaseModel]] = WebConfig
    credentials_type: ClassVar[type[BaseModel] | None] = None
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_requests_per_s=4.0, max_concurrent_fetches=2
    )
    milestone_every: ClassVar[int] = 20

    def __init__(self, config: WebConfig, context: ConnectorContext) -> None:
        described = f"{_RECORDS_VERSION} {config.model_dump_json()}"
        self._scope_name = hashlib.sha256(described.encode()).hexdigest()[:16]
        self._config = config
        self._cache_dir = context.cache_dir
        self._scope = Scope(config)
        self._site = Site(config, self._scope, context)

    @classmethod
    def open(cls, config: WebConfig, credentials: None, context: ConnectorContext) -> Self:
        return cls(config, context)

    def check(self) -> None:
        """Ask for every page to start from, and every sitemap."""
        self._require_beginnings(self._scope.starts, self._scope.sitemaps)

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        try:
            with Memory(self._cache_dir, scope=self._scope_name) as memory:
                yield from self._items(memory, since)
        except sqlite3.Error as error:
            raise SourceUnavailable(
                "The cache folder of this source was emptied or is in use. Begin again.",
                operator_detail=str(error),
            ) from error

    def fetch(self, ref: DocumentRef) -> AbstractContextManager[Path]:
        return self._site.document(ref.external_id)

    def close(self) -> None:
        self._site.close()

    def _items(self, memory: Memory, since: Checkpoint | None) -> Iterator[ListingItem]:
        listing = SiteListing(
            self._site,
            config=self._config,
            scope=self._scope,
            memory=memory,
            scope_name=self._scope_name,
            milestone_every=self.milestone_every,
        )
        if since is not None:
            # A site that is gone has no page any more, which is no reason to delete all.
            self._require_beginnings(self._scope.starts[:1], self._scope.sitemaps[:1])
        try:
            yield from listing.items(since)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            memory.discard()
            raise

    def _require_beginnings(self, starts: Sequence[str], sitemaps: Sequence[str]) -> None:
        url = ""
        try:
            for url in starts:
                self._site.visit(url, None)
            for url in sitemaps:
                self._site.sitemap(url, lambda entry: None)
        except RobotsUnreadable as error:
            raise error.error from error
        except (NothingThere, PageFailed, MalformedSitemap, FileTooLarge) as error:
            raise SourceMisconfigured(f"{url} cannot be read. {error}") from error
