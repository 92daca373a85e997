"""Asking for addresses, each compared with what is known of it, and settling aliases."""

from __future__ import annotations

from collections import OrderedDict

from connectors.web.memory import Memory
from connectors.web.records import Record
from connectors.web.site import NothingThere, PageFailed, Site

# What is asked for ahead is mostly what many pages in a row lead to.
_MAX_AHEAD = 64


class Visits:
    """Those of one listing. What it has asked for ahead of its turn it does not ask for again."""

    def __init__(self, site: Site, memory: Memory, *, trust_lastmod: bool) -> None:
        self._site = site
        self._memory = memory
        self._trust_lastmod = trust_lastmod
        self._ahead: OrderedDict[str, Record] = OrderedDict()

    def visit(self, url: str, *, lastmod: str) -> Record:
        """What is there, remembered. Raises what `Site.visit` raises."""
        record = self._asked(url, lastmod)
        is_alias = record.canonical is not None and self._is_right(record, record.canonical)
        if is_alias != record.is_alias:
            record = record.model_copy(update={"is_alias": is_alias})
            self._memory.remember(url, record)
        if record.url != url:
            self._keep(record.url, record)
        return record

    def _is_right(self, record: Record, canonical: str) -> bool:
        """Whether the address that a page names leads to a document that calls itself by it.

        If not, the page is a document itself: two pages that name each other must not both be lost.
        """
        try:
            other = self._asked(canonical, "")
        except (NothingThere, PageFailed):
            return False
        self._keep(canonical, other)
        return other.revision is not None and other.canonical is None and other.url != record.url

    def _asked(self, url: str, lastmod: str) -> Record:
        if url in self._ahead:
            self._ahead.move_to_end(url)
            return self._ahead[url]
        known = self._memory.known(url)
        if self._trust_lastmod and known is not None and lastmod and known.lastmod == lastmod:
            self._site.require_allowed(url)
            return known
        record = self._site.visit(url, known)
        if lastmod:
            record = record.model_copy(update={"lastmod": lastmod})
        self._memory.remember(url, record)
        return record

    def _keep(self, url: str, record: Record) -> None:
        self._ahead[url] = record
        self._ahead.move_to_end(url)
        if len(self._ahead) > _MAX_AHEAD:
            self._ahead.popitem(last=False)
