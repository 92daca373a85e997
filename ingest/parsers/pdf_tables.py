"""Tables among the lines of a PDF page, put together from where their cells stand.

A PDF names no cells. What reads as one cell may come as several lines, and the lines of a row may
come cell by cell. So lines that already hold several cells are taken for the rows of a table, and
single lines beside, above and below them for what stands in its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.parsers.pdf_line import Line
from ingest.parsers.pdf_table_rows import CELL_LEADING, Row, find_columns, find_rows
from ingest.parsers.tables import header_rows_of, is_number

_ROW_DISTANCE = 4.0
# A single line wider than this share of the page's text is running text and ends a table. Beside
# rows of three cells and more it may be a long label; beside rows of two, a column of text.
_WIDE_SHARE = 0.55
_WIDE_SHARE_OF_TWO = 0.3
_NEARBY_LINES = 8
_MAX_HEADER_ROWS = 3
_MAX_SIZE_RATIO = 1.3


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, blank ones included; the first `header_rows` name the columns."""

    rows: tuple[tuple[str, ...], ...]
    header_rows: int


def find_tables(
    lines: Sequence[Line],
    *,
    is_bold: Callable[[Line], bool],
    is_heading: Callable[[Line], bool],
    join: Callable[[Sequence[str]], str],
) -> Iterator[list[Line] | Table]:
    """The page in its order: runs of lines outside of tables, and tables.

    `is_heading` tells lines that no table reaches across; `join` makes one text of a cell's lines.
    """
    width = max((line.right for line in lines), default=0) - min(
        (line.left for line in lines), default=0
    )
    rest: list[Line] = []
    for segment in _segments(lines, width, is_heading):
        done = 0
        while (found := _region(segment, done)) is not None:
            tables = list(_tables(segment[found], is_bold=is_bold, join=join))
            rest.extend(segment[done : found.start if tables else found.stop])
            if tables and rest:
                yield rest
                rest = []
            yield from tables
            done = found.stop
        rest.extend(segment[done:])
    if rest:
        yield rest


def _segments(
    lines: Sequence[Line], width: float, is_heading: Callable[[Line], bool]
) -> Iterator[list[Line]]:
    """Runs in which a table may be: cut at headings, at wide lines, and around what is far off."""
    segment: list[Line] = []
    for index, line in enumerate(lines):
        nearby = lines[max(0, index - _NEARBY_LINES) : index + _NEARBY_LINES]
        most = max(len(other.cells) for other in nearby)
        share = _WIDE_SHARE if most > 2 else _WIDE_SHARE_OF_TWO
        is_wide = len(line.cells) == 1 and line.right - line.left > share * width
        is_cut = (is_wide and not _goes_on_in_last_column(segment, line)) or is_heading(line)
        if segment and (is_cut or _is_far(segment, line)):
            yield segment
            segment = []
        segment.append(line)
        if is_cut:
            yield segment
            segment = []
    if segment:
        yield segment


def _goes_on_in_last_column(segment: Sequence[Line], line: Line) -> bool:
    row = next((part for part in reversed(segment) if len(part.cells) > 1), None)
    return (
        row is not None
        and abs(row.starts[-1] - line.left) < 0.5 * line.size
        and 0 < segment[-1].bottom - line.bottom <= CELL_LEADING * line.size
    )


def _is_far(segment: Sequence[Line], line: Line) -> bool:
    low = min(part.bottom for part in segment)
    high = max(part.top for part in segment)
    reach = _ROW_DISTANCE * max(line.size, segment[-1].size)
    if line.top < low - reach or line.bottom > high + reach:
        return True
    ratio = max(line.size, segment[-1].size) / min(line.size, segment[-1].size)
    return ratio > _MAX_SIZE_RATIO and 1 in (len(line.cells), len(segment[-1].cells))


def _region(segment: Sequence[Line], start: int) -> slice | None:
    """The next part of a segment around lines of several cells, None if there is none."""
    anchors = [
        index for index, line in enumerate(segment) if index >= start and len(line.cells) > 1
    ]
    if not anchors:
        return None
    layout = max((segment[index] for index in anchors), key=lambda line: len(line.cells))
    if len(layout.cells) == 2 and len(anchors) == 1:
        return None
    first, last = anchors[0], anchors[0]
    for index in range(anchors[0] + 1, len(segment)):
        line = segment[index]
        if len(line.cells) == 1 and not _fits(line, layout):
            break
        last = index
    while first > start and _fits(segment[first - 1], layout):
        first -= 1
    while first < anchors[0] and not _has_neighbour(segment, first, last):
        first += 1
    while last > anchors[0] and not _ends_table(segment, first, last):
        last -= 1
    return slice(first, last + 1)


def _fits(line: Line, layout: Line) -> bool:
    """Whether a line of one cell stands within one column of the layout."""
    beside = [
        index
        for index, (start, end) in enumerate(zip(layout.starts, layout.ends, strict=True))
        if line.left < end and line.right > start
    ]
    return len(beside) <= 1 and line.right > layout.left - line.size


def _has_neighbour(segment: Sequence[Line], index: int, last: int) -> bool:
    """Whether something stands beside the line in another column, or beside the lines of its own
    cell below it.
    """
    line = segment[index]
    low = line.bottom
    for below in segment[index + 1 : last + 1]:
        is_same_cell = len(below.cells) == 1 and _overlaps(line, below)
        if is_same_cell and 0 < low - below.bottom <= CELL_LEADING * line.size:
            low = below.bottom
    return any(
        other is not line
        and (len(other.cells) > 1 or not _overlaps(line, other))
        and min(other.top, line.top) > max(other.bottom, low)
        for other in segment[: last + 1]
    )


def _ends_table(segment: Sequence[Line], first: int, last: int) -> bool:
    """Whether the last line belongs to the table: a row, or a line below or beside a cell."""
    line = segment[last]
    if len(line.cells) > 1:
        return True
    for other in segment[first:last]:
        is_beside = min(other.top, line.top) > max(other.bottom, line.bottom)
        step = other.bottom - line.bottom
        is_above = 0 < step <= CELL_LEADING * line.size and any(
            line.left < end and line.right > start
            for start, end in zip(other.starts, other.ends, strict=True)
        )
        if is_beside or is_above:
            return True
    return False


def _overlaps(one: Line, other: Line) -> bool:
    return one.left < other.right and one.right > other.left


def _tables(
    lines: Sequence[Line],
    *,
    is_bold: Callable[[Line], bool],
    join: Callable[[Sequence[str]], str],
) -> Iterator[Table]:
    columns = find_columns(lines)
    rows = find_rows(lines, columns, is_bold)
    if len(rows) < 2:
        return
    for part in _split_at_headers(rows):
        texts = tuple(
            tuple(
                join([text for cell in row.cells.get(column, ()) for text in cell.texts])
                for column in range(len(columns))
            )
            for row in part
        )
        yield Table(rows=texts, header_rows=_header_rows(part, texts))


def _split_at_headers(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Tables that stand one below the other: each begins with column names in bold."""
    part: list[Row] = []
    for row in rows:
        is_header = row.is_bold and len(row.cells) > 1
        if is_header and any(len(above.cells) > 1 and not above.is_bold for above in part):
            yield part
            part = []
        part.append(row)
    yield part


def _header_rows(rows: Sequence[Row], texts: Sequence[Sequence[str]]) -> int:
    leading = next((index for index, row in enumerate(rows) if not row.is_bold), len(rows))
    is_named = not any(is_number(cell) for row in texts[:leading] for cell in row)
    if 0 < leading <= _MAX_HEADER_ROWS and leading < len(rows) and is_named:
        return leading
    names = header_rows_of(texts)
    # Below the column names, a line in the first column alone names a section.
    while names > 1 and rows[names - 1].cells.keys() == {0}:
        names -= 1
    return names
