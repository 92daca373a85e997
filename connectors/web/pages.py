"""What a page says: its main text, its links, and what it asks of crawlers."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import lxml.html
import structlog
import trafilatura
from lxml import etree

from connectors.web.robots import AGENT
from connectors.web.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

NO_INDEX = frozenset({"noindex", "none"})
_NO_FOLLOW = frozenset({"nofollow", "none"})

log = structlog.get_logger(__name__)

# What is larger is no text that somebody wrote, and takes seconds.
_MAX_EXTRACTED_BYTES = 4 * 1024**2
_MAX_EXTRACTED_ELEMENTS = 50_000
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LATIN = frozenset({"iso8859-1", "ascii"})
# Python's own, some of which take a time that grows with the square of the length.
_NO_ENCODINGS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
# Of X-Robots-Tag. Before a colon stands one of these, or a crawler's name.
_ROBOTS_RULES = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)
_CRAWLER = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as a crawler sees it."""

    content: bytes | None
    """An HTML page of its title and main text; None where it is not to be found, or not wanted."""
    links: tuple[str, ...]
    """Addresses in the page's order, each once; none where it asks us not to follow."""
    canonical: str | None


def read_page(
    body: bytes,
    *,
    url: str,
    charset: str | None,
    robots: Iterable[str] = (),
    is_wanted: bool = True,
) -> Page:
    """`robots` are the answer's headers X-Robots-Tag, `charset` is the one of its media type."""
    text = decode_page(body, charset=charset)
    wishes = wishes_of_headers(robots)
    root = _parsed(text)
    if root is None:
        is_kept = is_wanted and not wishes & NO_INDEX
        return Page(content=_as_it_is(text) if is_kept else None, links=(), canonical=None)
    wishes.update(_wishes_of_page(root))
    base = root.find(".//base[@href]")
    base_url = url if base is None else canonical_url(base.get("href"), base=url) or url
    canonical = next(_canonical_links(root), None)
    is_kept = is_wanted and not wishes & NO_INDEX
    return Page(
        content=_main_content(text, root, url=url) if is_kept else None,
        links=() if wishes & _NO_FOLLOW else tuple(dict.fromkeys(_links(root, base_url))),
        canonical=canonical_url(canonical, base=base_url) if canonical else None,
    )


def decode_page(body: bytes, *, charset: str | None) -> str:
    """As browsers do: byte order mark, header, the page's own word. What is called Latin-1 or
    ASCII is UTF-8 if it can be, and else Windows' Latin-1.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    found = _CHARSET.search(body[:4096])
    own = _codec(found[1].decode("ascii", "replace")) if found else None
    if own is not None and own.startswith("utf-16"):
        own = "utf-8"  # Or the word could not have been read.
    for codec in (_codec(charset or ""), own):
        if codec is not None and codec not in _LATIN:
            return body.decode(codec, errors="replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _codec(name: str) -> str | None:
    """Python's name for an encoding; None where it has none that a page could be in."""
    try:
        codec = codecs.lookup(name).name
        b"a".decode(name, errors="replace")  # Not every codec makes text.
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if codec in _NO_ENCODINGS else codec


def _parsed(text: str) -> Element | None:
    # Encoded again, as lxml takes no text that declares an encoding.
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        return lxml.html.document_fromstring(
            text.encode("utf-8", errors="replace"), parser=parser, ensure_head_body=True
        )
    except (etree.LxmlError, ValueError, AssertionError):
        return None  # Nothing in it is a page.


def _main_content(text: str, root: Element, *, url: str) -> bytes:
    """The same bytes for the same main text, whatever stands around it."""
    title = " ".join((root.findtext(".//head/title") or "").split())
    is_small = len(text) <= _MAX_EXTRACTED_BYTES
    is_simple = is_small and sum(1 for _ in root.iter()) <= _MAX_EXTRACTED_ELEMENTS
    try:
        main = _extracted(root) if is_simple else None
    except Exception as error:  # noqa: BLE001  (one page must not end a crawl)
        log.warning("main_text_not_extracted", url=url, reason=type(error).__name__)
        main = None
    if main is None:
        return _as_it_is(text)
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    return main.replace("<html>", f"<!doctype html>\n<html>{head}", 1).encode("utf-8", "replace")


def _extracted(root: Element) -> str | None:
    found = trafilatura.extract(
        root,
        output_format="html",
        include_comments=False,
        include_tables=True,
        include_formatting=True,
    )
    return found if found and found.startswith("<html>") else None


def _as_it_is(text: str) -> bytes:
    """With a mark for its encoding, which outweighs what the page says."""
    return codecs.BOM_UTF8 + text.encode("utf-8", errors="replace")


def _links(root: Element, base: str) -> Iterator[str]:
    for element in root.iterfind(".//*[@href]"):
        if element.tag not in {"a", "area"} or "nofollow" in element.get("rel", "").lower().split():
            continue
        url = canonical_url(element.get("href"), base=base)
        if url is not None:
            yield url


def _canonical_links(root: Element) -> Iterator[str]:
    for element in root.iterfind(".//link[@rel][@href]"):
        if "canonical" in element.get("rel").lower().split() and element.get("href").strip():
            yield element.get("href")


def _wishes_of_page(root: Element) -> Iterator[str]:
    for element in root.iterfind(".//meta[@name]"):
        if element.get("name").strip().lower() in {"robots", AGENT.lower()}:
            yield from _words(element.get("content", "").split(","))


def wishes_of_headers(values: Iterable[str]) -> set[str]:
    """What X-Robots-Tag asks of us. In `noindex, otherbot: nofollow, none`, the latter two are for
    another crawler.
    """
    return {wish for value in values for wish in _wishes_of_header(value)}


def _wishes_of_header(value: str) -> Iterator[str]:
    is_for_us = True
    for part in value.split(","):
        before, colon, after = part.partition(":")
        name = before.strip().lower()
        if colon and name not in _ROBOTS_RULES and _CRAWLER.fullmatch(name):
            is_for_us = name == AGENT.lower()
            part = after
        if is_for_us:
            yield from _words([part])


def _words(parts: Iterable[str]) -> Iterator[str]:
    return (part.strip().lower() for part in parts)
