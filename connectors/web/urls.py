"""One address for one page: what links write in many ways is written in one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urljoin

import httpx

from connectors.filesystem.globs import glob_pattern
from connectors.web.config import WebConfig

MAX_CHARS = 2000

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
        authority = url.netloc.decode("ascii")
        path, _, query = url.raw_path.decode("ascii").partition("?")
    except (httpx.InvalidURL, ValueError):
        return None
    path = re.sub(r";jsessionid=[^/;]*", "", path, flags=re.IGNORECASE)
    kept = [part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])]
    text = _normal(f"{path or '/'}{'?' if any(kept) else ''}{'&'.join(kept)}")
    found = f"{url.scheme}://{authority}{text}"
    return found if len(found) <= MAX_CHARS and "%00" not in found else None


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
        own = [authority_of(url) for url in (*self.starts, *self.sitemaps)]
        self._hosts = frozenset([*own, *config.allowed_hosts])
        self._include = [glob_pattern(glob) for glob in config.include]
        self._exclude = [glob_pattern(glob) for glob in config.exclude]

    def has_host(self, url: str) -> bool:
        return authority_of(url) in self._hosts

    def has_document(self, url: str) -> bool:
        """Whether what is there may be a document."""
        path = unquote(httpx.URL(url).raw_path.decode("ascii").partition("?")[0])
        path = path.removeprefix("/")
        if not self.has_host(url):
            return False
        if self._include and not any(pattern.fullmatch(path) for pattern in self._include):
            return False
        return not any(pattern.fullmatch(path) for pattern in self._exclude)

    def has_address(self, url: str) -> bool:
        """Whether it may be asked for."""
        return url in self.starts or self.has_document(url)


def _canonical(urls: Iterable[str]) -> tuple[str, ...]:
    found = (canonical_url(url, base=url) for url in urls)
    return tuple(dict.fromkeys(url for url in found if url is not None))


def _normal(text: str) -> str:
    """With escapes for what needs them alone, in capitals."""

    def replace(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(replace, text)
