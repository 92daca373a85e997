"""HTML pages: the main content where the page marks it, with headings, lists and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ingest.parsers.contract import ParsedDocument, parsed_or_no_text
from ingest.parsers.encoding import decode
from ingest.parsers.markup import blocks_of, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
# What browsers do: pages that declare Latin-1 are cp1252 in fact, and a declaration that can be
# read as ASCII is no UTF-16.
_BROWSER_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
# A smaller <main> is an empty frame that scripts would have filled.
_MIN_MAIN_CHARS = 200


class HtmlParser:
    """Scripts, styles, navigation and hidden parts are left out."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".html", ".htm", ".xhtml"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"text/html", "application/xhtml+xml"})

    def parse(self, path: Path) -> ParsedDocument:
        return parse_page(decode_html(path.read_bytes()))


def decode_html(data: bytes) -> str:
    """Text by byte order mark, else the declared charset as browsers take it; see `decode`."""
    match = _CHARSET.search(data[:4096])
    declared = match[1].decode("ascii", errors="replace").lower() if match else None
    if declared is not None:
        declared = _BROWSER_ALIASES.get(declared, declared)
    return decode(data, declared=declared)


def parse_page(text: str) -> ParsedDocument:
    """Raises NoTextFound if the page has none."""
    root = parse_html(text)
    if root is None:
        return parsed_or_no_text(None, ())
    title = root.findtext(".//head/title") or root.findtext(".//title")
    return parsed_or_no_text((title or "").strip() or None, blocks_of(_main_of(root)))


def _main_of(root: Element) -> Element:
    candidates = root.xpath("//main | //*[@role='main']")
    candidates = candidates or (root.findall(".//article") if _count(root, "article") == 1 else [])
    if len(candidates) == 1 and len("".join(candidates[0].itertext()).strip()) >= _MIN_MAIN_CHARS:
        return candidates[0]
    body = root.find(".//body")
    # Frames of fragments have no body.
    return body if body is not None and len(root.findall(".//body")) == 1 else root


def _count(root: Element, tag: str) -> int:
    return len(root.findall(f".//{tag}"))
