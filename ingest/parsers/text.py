"""Plain text: paragraphs parted by blank lines. No language model looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import Block, BlockKind, ParsedDocument, parsed_or_no_text
from ingest.parsers.encoding import read_text

_BULLET = re.compile(r"[^\S\n]*(?:[•●○◦▪‣⁃]|[-*+](?=\s))\s*(?=\S)")
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


class TextParser:
    """Reads .txt and its kin. Line breaks inside a paragraph are kept: they may mean something."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".txt", ".text", ".log"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"text/plain"})

    def parse(self, path: Path) -> ParsedDocument:
        return parsed_or_no_text(None, text_blocks(read_text(path)))


def text_blocks(text: str) -> Iterator[Block]:
    """Paragraphs parted by blank lines; one whose every line has a bullet is a list."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    for paragraph in _BLANK_LINES.split(text):
        lines = paragraph.strip("\n").split("\n")
        if all(map(_BULLET.match, lines)):
            for line in lines:
                item = _BULLET.sub("", line, count=1)
                yield Block(kind=BlockKind.LIST_ITEM, text=item, level=1)
        elif paragraph.strip():
            yield Block(kind=BlockKind.PARAGRAPH, text=paragraph)
