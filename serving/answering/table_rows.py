"""Which rows of the tables in a text name the columns of which others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from serving.sentences import Span

_CELL_BREAK = " | "
_AMOUNT = re.compile(r"[^\w]*\d[\d\s.,'’]*[^\w]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MAX_COLUMN_ROWS = 3


def column_rows(text: str, spans: Sequence[Span]) -> dict[int, tuple[int, ...]]:
    """For each row with an amount, by its place among the sentences, those that name its columns.

    These are the rows at the top of its table, at most three, that hold no amount. A table is rows
    without a blank line between them. Nothing names the columns of a table that has no amounts: its
    first row may say as much as any other.
    """
    columns: dict[int, tuple[int, ...]] = {}
    for table in _tables(text, spans):
        cells = [text[spans[row].start : spans[row].end].split("|") for row in table]
        first = next((n for n, row in enumerate(cells) if any(map(_is_amount, row))), 0)
        if 0 < first <= _MAX_COLUMN_ROWS:
            columns |= dict.fromkeys(table[first:], tuple(table[:first]))
    return columns


def with_column_names(row: str, columns: Sequence[str]) -> str:
    """The row's cells, each behind the name of its column: "Zone: Europe, 2022: 9283".

    `columns` are the rows that name them, from the top; a cell without a name stands alone.
    """
    names = [[cell.strip() for cell in names.split("|")] for names in columns]
    cells = []
    for place, cell in enumerate(row.split("|")):
        name = " ".join(row[place] for row in names if place < len(row) and row[place])
        if value := cell.strip():
            cells.append(f"{name}: {value}" if name else value)
    return ", ".join(cells)


def _tables(text: str, spans: Sequence[Span]) -> Iterator[list[int]]:
    table: list[int] = []
    for index, span in enumerate(spans):
        is_row = text.find(_CELL_BREAK, span.start, span.end) >= 0
        if table and (not is_row or "\n\n" in text[spans[index - 1].end : span.start]):
            yield table
            table = []
        if is_row:
            table.append(index)
    if table:
        yield table


def _is_amount(cell: str) -> bool:
    """A year is a name as well."""
    return bool(_AMOUNT.fullmatch(cell)) and not _YEAR.fullmatch(cell.strip())
