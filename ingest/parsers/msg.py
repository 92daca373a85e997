"""Outlook messages, by unstructured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from ingest.parsers.contract import Block, BlockKind, ParsedDocument, parsed_or_no_text
from ingest.parsers.markup import blocks_of, parse_html
from ingest.parsers.zips import damaged, reporting_damage

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = {"ListItem": BlockKind.LIST_ITEM, "CodeSnippet": BlockKind.CODE}


class MsgParser:
    """The headers as first block, then the body. Attachments are not read."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".msg"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/vnd.ms-outlook"})

    def parse(self, path: Path) -> ParsedDocument:
        with path.open("rb") as file:
            if file.read(8) != _OLE_MAGIC:
                raise damaged(".msg")
        from ingest.parsers.unstructured_offline import load_partition_msg

        partition = load_partition_msg()
        with reporting_damage(".msg"):
            elements = partition(path)
        if not elements:
            return parsed_or_no_text(None, ())
        metadata = elements[0].metadata
        header = Block(kind=BlockKind.PARAGRAPH, text="\n".join(_header_lines(metadata)))
        blocks = [block for element in elements for block in _element_blocks(element)]
        return parsed_or_no_text(metadata.subject or None, [header, *blocks])


def _header_lines(metadata: Any) -> Iterator[str]:
    for name, value in (
        ("From", metadata.sent_from),
        ("To", metadata.sent_to),
        ("Cc", metadata.cc_recipient),
        ("Date", metadata.last_modified),
        ("Subject", metadata.subject),
    ):
        text = ", ".join(value) if isinstance(value, list) else str(value or "")
        if text:
            yield f"{name}: {text}"


def _element_blocks(element: Any) -> Iterator[Block]:
    """Its titles are guesses at short lines, so they stay paragraphs."""
    if element.metadata.text_as_html:
        root = parse_html(element.metadata.text_as_html)
        yield from blocks_of(root) if root is not None else ()
        return
    kind = _KINDS.get(element.category, BlockKind.PARAGRAPH)
    yield Block(kind=kind, text=element.text, level=int(kind is BlockKind.LIST_ITEM))
