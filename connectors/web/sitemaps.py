"""Sitemaps, read as they arrive. Source: sitemaps.org/protocol.html"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from connectors.downloads import require_size
from connectors.http.decoding import EncodingDamaged, gunzipped

# The protocol's own limit, which is for the unpacked file.
_MAX_BYTES = 50 * 1024**2
_MAX_TEXT_CHARS = 4096
_GZIP_MAGIC = b"\x1f\x8b"


class MalformedSitemap(ValueError):
    """It is no XML, or no sitemap."""


@dataclass(slots=True)
class SitemapEntry:
    """A page, or in an index a further sitemap."""

    url: str = ""
    lastmod: str = ""
    is_sitemap: bool = False


def parse_sitemap(pieces: Iterable[bytes]) -> Iterator[SitemapEntry]:
    """Packed or not. Raises MalformedSitemap, FileTooLarge."""
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    size = 0
    try:
        for piece in _unpacked(iter(pieces)):
            size += len(piece)
            require_size(size, max_bytes=_MAX_BYTES)
            parser.feed(piece)
            yield from reader.taken()
        parser.close()
    except (ParseError, DefusedXmlException, EncodingDamaged, ValueError, LookupError) as error:
        raise MalformedSitemap(type(error).__name__) from error
    yield from reader.taken()
    if not reader.is_sitemap:
        raise MalformedSitemap("another root element")


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"")
    while len(first) < len(_GZIP_MAGIC) and (more := next(pieces, b"")):
        first += more
    whole = chain([first], pieces)
    return gunzipped(whole) if first.startswith(_GZIP_MAGIC) else whole


class _Reader:
    """What the parser tells of. Namespaces are not looked at: sites write them in every way."""

    def __init__(self) -> None:
        self.is_sitemap = False
        self._done: list[SitemapEntry] = []
        self._open: list[str] = []
        self._entry = SitemapEntry()
        self._text: list[str] | None = None
        self._chars = 0

    def taken(self) -> list[SitemapEntry]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if not self._open:
            self.is_sitemap = name in {"urlset", "sitemapindex"}
        self._open.append(name)
        if name in {"url", "sitemap"}:
            self._entry = SitemapEntry(is_sitemap=name == "sitemap")
        # Not an image's, whose element of the same name is deeper.
        is_wanted = name in {"loc", "lastmod"} and len(self._open) == 3
        self._text, self._chars = ([] if is_wanted else None), 0

    def data(self, text: str) -> None:
        if self._text is None:
            return
        self._chars += len(text)
        if self._chars > _MAX_TEXT_CHARS:
            raise ValueError("an address is too long")
        self._text.append(text)

    def end(self, tag: str) -> None:
        name = self._open.pop()
        if self._text is not None and name == "loc":
            self._entry.url = "".join(self._text).strip()
        elif self._text is not None and name == "lastmod":
            self._entry.lastmod = "".join(self._text).strip()
        elif name in {"url", "sitemap"} and len(self._open) == 1 and self._entry.url:
            self._done.append(self._entry)
        self._text = None

    def close(self) -> None:
        """The parser asks for a result; it has been taken."""
