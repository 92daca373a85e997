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


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as a crawler sees it. `content` is an HTML page of its title and main text."""

    content: bytes
    links: tuple[str, ...]
    """Addresses in the page's order, each once; none where it asks us not to follow."""
    canonical: str | None
    is_indexed: bool
    """Whether it lets itself be found."""


def read_page(body: bytes, *, url: str, charset: str | None, robots: str = "") -> Page:
    """`robots` is the answer's header X-Robots-Tag, and `charset` the one of its media type."""
    text = decode_page(body, charset=charset)
    root = _parsed(text)
    if root is None:
        return Page(content=_as_it_is(text), links=(), canonical=None, is_indexed=True)
    wishes = {*wishes_of_header(robots), *_wishes_of_page(root)}
    base = _attribute(root, ".//base[@href]", "href")
    base_url = canonical_url(base or url, base=url) or url
    canonical = _attribute(root, ".//link[@rel='canonical'][@href]", "href")
    links = () if wishes & _NO_FOLLOW else tuple(dict.fromkeys(_links(root, base_url)))
    return Page(
        content=_main_content(text, root, url=url),
        links=links,
        canonical=canonical_url(canonical, base=base_url) if canonical else None,
        is_indexed=not wishes & NO_INDEX,
    )


def decode_page(body: bytes, *, charset: str | None) -> str:
    """As browsers do: byte order mark, header, the page's own word; Latin-1 means cp1252."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    declared = _CHARSET.search(body[:4096])
    for name in (charset, declared and declared[1].decode("ascii", "replace"), "utf-8"):
        if name and name.lower() not in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"}:
            try:
                return body.decode(name)
            except (LookupError, UnicodeError, ValueError):
                continue
    return body.decode("cp1252", errors="replace")


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


def _wishes_of_page(root: Element) -> Iterator[str]:
    for element in root.iterfind(".//meta[@name]"):
        if element.get("name").strip().lower() in {"robots", AGENT.lower()}:
            yield from _words(element.get("content", "").split(","))


def wishes_of_header(value: str) -> Iterator[str]:
    """What an X-Robots-Tag asks of us. Of `noindex, otherbot: nofollow, none`: a name counts until the next one."""
    is_for_us = True
    for part in value.split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip().lower() not in {"unavailable_after", "max-snippet"}:
            is_for_us = name.strip().lower() == AGENT.lower()
            part = rest
        if is_for_us:
            yield from _words([part])


def _words(parts: Iterable[str]) -> Iterator[str]:
    return (part.strip().lower() for part in parts)


def _attribute(root: Element, path: str, name: str) -> str | None:
    element = root.find(path)
    value = None if element is None else element.get(name)
    return str(value) if value else None
