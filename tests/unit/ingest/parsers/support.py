"""Short ways to parse what a test has just written, and to state what it should give."""

from __future__ import annotations

from pathlib import Path

from ingest.parsers.contract import Block, BlockKind, ParsedDocument
from ingest.parsers.registry import parser_for


def parse_bytes(folder: Path, name: str, data: bytes) -> ParsedDocument:
    path = folder / name
    path.write_bytes(data)
    return parse(path)


def parse(path: Path) -> ParsedDocument:
    return parser_for(path.name, mime=None).parse(path)


def heading(text: str, level: int = 1, *, page: int | None = None) -> Block:
    return Block(kind=BlockKind.HEADING, text=text, level=level, page=page)


def paragraph(text: str, *, page: int | None = None) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text, page=page)


def item(text: str, level: int = 1, *, page: int | None = None) -> Block:
    return Block(kind=BlockKind.LIST_ITEM, text=text, level=level, page=page)


def code(text: str) -> Block:
    return Block(kind=BlockKind.CODE, text=text)


def table(*rows: str, header_rows: int = 1, page: int | None = None) -> Block:
    return Block(kind=BlockKind.TABLE, text="\n".join(rows), header_rows=header_rows, page=page)
