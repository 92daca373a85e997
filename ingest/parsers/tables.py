"""Rows of cells to the one table shape that chunking knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.parsers.contract import Block, BlockKind

_MAX_HEADER_ROWS = 3
_NUMBER_SIGNS = re.compile(r"[$€£¥%()+\-–−*.,'’\s]")
_NUMBER_SIGNS = re.compile(r"[$€£¥%()+\-–−*.,'’\s]")
_YEAR = re.compile(r"(?:19|20)\d\d")


def table_block(
    rows: Sequence[Sequence[str]], *, header_rows: int = 0, page: int | None = None
) -> Block | None:
    """A TABLE block: a row a line, cells joined by " | " (an empty one between two gives "| |").

    Blank rows and blank cells at the end of a row are left out; blanks and line breaks inside a
    cell become one space. None if every cell is blank.
    """
    lines: list[str] = []
    headers = 0
    for index, row in enumerate(rows):
        cells = [" ".join(cell.split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            lines.append(" ".join(" | ".join(cells).split()))
            headers += index < header_rows
    if not lines:
        return None
    return Block(kind=BlockKind.TABLE, text="\n".join(lines), page=page, header_rows=headers)


def drop_empty_columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows without the columns that are blank in all of them."""
    width = max((len(row) for row in rows), default=0)
    kept = [
        column
        for column in range(width)
        if any(column < len(row) and row[column].strip() for row in rows)
    ]
    return [[row[column] if column < len(row) else "" for column in kept] for row in rows]


def grid_blocks(rows: Sequence[Sequence[str]], *, page: int | None = None) -> Iterator[Block]:
    """A sheet's region as blocks: lines above the table that fill one cell only (its title, notes)
    become paragraphs, the rest one table. A region of one column is all paragraphs.
    """
    rows = drop_empty_columns([row for row in rows if any(cell.strip() for cell in row)])
    width = max((len(row) for row in rows), default=0)
    start = 0
    while start < len(rows) and _filled(rows[start]) == 1:
        start += 1
    if width == 1 or start == len(rows):
        start = len(rows)
    for row in rows[:start]:
        text = next(cell for cell in row if cell.strip())
        yield Block(kind=BlockKind.PARAGRAPH, text=text, page=page)
    table = drop_empty_columns(rows[start:])
    block = table_block(table, header_rows=header_rows_of(table), page=page)
    if block is not None:
        yield block


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def header_rows_of(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows read like column names, 0 to 3.

    Rows without a number above a body that mostly has numbers; else the first row if it has no
    number, no blank and no repeat.
    """
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return 0
    leading = next((i for i, row in enumerate(rows) if any(map(is_number, row))), len(rows))
    if 0 < leading <= _MAX_HEADER_ROWS and leading < len(rows):
        body = rows[leading:]
        if sum(any(map(is_number, row)) for row in body) > 0.5 * len(body):
            return leading
    first = [cell.strip() for cell in rows[0]]
    while first and not first[-1]:
        first.pop()
    named = len(first) > 1 and all(cell and not is_number(cell) for cell in first)
    return int(named and len(set(first)) == len(first))


def is_number(cell: str) -> bool:
    """Whether the cell is an amount or a count; a year or a range is a name as well."""
    bare = _NUMBER_SIGNS.sub("", cell)
    return bare.isdigit() and not _YEAR.fullmatch(cell.strip())
