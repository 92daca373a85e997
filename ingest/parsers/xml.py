"""XML of unknown vocabulary: one paragraph of `path: text` lines for each top-level element."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ingest.parsers.contract import (
    Block,
    BlockKind,
    ParsedDocument,
    ParseError,
    parsed_or_no_text,
)
from ingest.parsers.encoding import decode
from ingest.parsers.html import parse_page
from ingest.parsers.zips import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

_MAX_DEPTH = 100


class XmlParser:
    """XHTML under another name is read as HTML. Entities are not expanded."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".xml"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/xml", "text/xml"})

    def parse(self, path: Path) -> ParsedDocument:
        data = path.read_bytes()
        root = parse_xml(data)
        if root is None:
            # Many files declare another encoding than they have.
            text = decode(data).lstrip()
            if text.startswith("<?xml"):
                text = text.partition("?>")[2]
            root = parse_xml(text.encode("utf-8"))
        if root is None:
            raise ParseError("It is not well-formed XML.")
        if _name(root) == "html":
            return parse_page(decode(data))
        children = [child for child in root if isinstance(child.tag, str)]
        paragraphs = ["\n".join(_lines(child, _name(child), 0)) for child in children]
        own = " ".join((root.text or "").split())
        return parsed_or_no_text(
            None,
            (Block(kind=BlockKind.PARAGRAPH, text=text) for text in [own, *paragraphs] if text),
        )


def _lines(element: Element, path: str, depth: int) -> list[str]:
    """Lines of an element; mixed content (text around tags) is one line."""
    children = [child for child in element if isinstance(child.tag, str)]
    is_mixed = any((text or "").strip() for text in (element.text, *(c.tail for c in children)))
    lines = [
        f"{path}.{name.rpartition('}')[2]}: {' '.join(value.split())}"
        for name, value in element.attrib.items()
        if value.strip()
    ]
    if not children or is_mixed or depth >= _MAX_DEPTH:
        text = " ".join("".join(element.itertext()).split())
        return [*lines, f"{path}: {text}"] if text else lines
    for child in children:
        lines += _lines(child, f"{path}.{_name(child)}", depth + 1)
    return lines


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
