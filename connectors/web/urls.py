"""One address for one page: what links write in many ways is written in one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urljoin

import httpx

from connectors.selection import Selection
from connectors.web.config import WebConfig

_MAX_CHARS = 2000
_MAX_PORT = 65_535

_DEFAULT_PORT = re.compile(r":(80|443)$")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|_hs\w+|mtm_\w+"
    r"|pk_(campaign|kwd|source|medium|content)|jsessionid|phpsessid)",
    re.IGNORECASE,
)


def canonical_url(href: str, *, base: str) -> str | None:
    """The address that a link leads to; None where it is none for us.

    Without fragment, default port and tracking parameters. The query keeps its order, and the
    path its `index.html` and its last slash: they may be another page.
    """
    try:
        url = httpx.URL(urljoin(base, href.strip()))
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            return None
        if url.port is not None and url.port > _MAX_PORT:
            return None
        authority = url.netloc.decode("ascii")
        path, _, query = url.raw_path.decode("ascii").partition("?")
    except (httpx.InvalidURL, ValueError):
        return None
    path = re.sub(r";jsessionid=[^/;]*", "", path, flags=re.IGNORECASE)
    kept = [part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])]
    text = f"{path or '/'}{'?' if any(kept) else ''}{'&'.join(kept)}"
    # As a URL once more: `%2E%2E` has become `..`.
    found = str(httpx.URL(f"{url.scheme}://{authority}{_normal(text)}"))
    return found if len(found) <= _MAX_CHARS and "%00" not in found else None


@lru_cache(maxsize=1024)
def authority_of(url: str) -> str:
    """The host, with the port where it is not the scheme's own."""
    return httpx.URL(url).netloc.decode("ascii")


def path_of(url: str) -> str:
    """What people filter by: the path without its leading slash, and the query. "/" for a root."""
    path, separator, query = httpx.URL(url).raw_path.decode("ascii").partition("?")
    return (unquote(path).removeprefix("/") or "/") + separator + unquote(query)


class Scope:
    """Which addresses belong to a source."""

    def __init__(self, config: WebConfig) -> None:
        self.starts = _canonical(config.start_urls)
        self.sitemaps = _canonical(config.sitemaps)
        given = (*self.starts, *self.sitemaps)
        self._hosts = frozenset(
            [
                *(authority_of(url) for url in given),
                *(_DEFAULT_PORT.sub("", host) for host in config.allowed_hosts),
            ]
        )
        self._selection = Selection(include=config.include, exclude=config.exclude)
        by_http = {authority_of(url) for url in given if url.startswith("http://")}
        self._https_hosts = frozenset(map(authority_of, given)) - by_http

    def has_host(self, url: str) -> bool:
        return authority_of(url) in self._hosts

    def has_document(self, url: str) -> bool:
        """Whether what is there may be a document."""
        path = unquote(httpx.URL(url).raw_path.decode("ascii").partition("?")[0])
        return self.has_host(url) and self._selection.has(path.removeprefix("/"))

    def has_address(self, url: str) -> bool:
        """Whether it may be asked for."""
        return url in self.starts or self.has_document(url)

    def adopted(self, url: str) -> str | None:
        """The address by which to ask for what a link names; None where it may not be asked for.

        A host that was given with `https` is never spoken to by `http`, which old links have.
        """
        if url.startswith("http://") and authority_of(url) in self._https_hosts:
            url = "https" + url.removeprefix("http")
        return url if self.has_address(url) else None


def _canonical(urls: Iterable[str]) -> tuple[str, ...]:
    found = (canonical_url(url, base=url) for url in urls)
    return tuple(dict.fromkeys(url for url in found if url is not None))


def _normal(text: str) -> str:
    """With escapes for what needs them alone, in capitals."""

    def replace(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(replace, text)
