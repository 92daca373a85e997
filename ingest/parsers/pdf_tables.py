"""Tables among the lines of a PDF page, put together from where their cells stand.

A PDF names no cells. What reads as one cell may come as several lines, and the lines of a row may
come cell by cell. So lines that already hold several cells are taken for the rows of a table, and
single lines beside, above and below them for what stands in its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from ingest.parsers.pdf_line import Line
from ingest.parsers.tables import header_rows_of, is_number

# Steps between the lines of a cell, in multiples of the font size: some 1.2, and 0.25 more from a
# line without to one with descenders, because a line's place is that of its outer glyphs.
_CELL_LEADING = 1.45
_GLYPH_NOISE = 0.25
_ROW_DISTANCE = 4.0
# A single line wider than this share of the page's text is running text and ends a table. Beside
# rows of three cells and more it may be a long label; beside rows of two, a column of text.
_WIDE_SHARE = 0.55
_WIDE_SHARE_OF_TWO = 0.3
_NEARBY_LINES = 8
# Of the columns that lines without a row of their own must fill to make one.
_ROW_SHARE = 0.5
_SECTION_SHARE = 0.95
_MIN_ROW_STEP = 0.8
_MIN_OVERLAP = 0.3
_MAX_HEADER_ROWS = 3
_MAX_SIZE_RATIO = 1.3


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, blank ones included; the first `header_rows` name the columns."""

    rows: tuple[tuple[str, ...], ...]
    header_rows: int


@dataclass(slots=True)
class _Cell:
    """Lines of one column, one below the other; places in points, y growing upwards."""

    left: float
    right: float
    bottom: float
    top: float
    first_bottom: float
    size: float
    texts: list[str]
    is_bold: bool

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 0.1)

    def overlap(self, other: _Cell | _Row) -> float:
        """How much of the lower of the two stands beside the other, 0 to 1."""
        height = max(min(self.height, other.top - other.bottom), 0.1)
        return (min(self.top, other.top) - max(self.bottom, other.bottom)) / height

    def extend(self, below: _Cell) -> None:
        self.left, self.right = min(self.left, below.left), max(self.right, below.right)
        self.bottom, self.top = min(self.bottom, below.bottom), max(self.top, below.top)
        self.texts.extend(below.texts)


@dataclass(slots=True)
class _Row:
    bottom: float
    top: float
    cells: dict[int, list[_Cell]] = field(default_factory=dict)

    def add(self, column: int, cell: _Cell) -> None:
        self.cells.setdefault(column, []).append(cell)

    @property
    def is_bold(self) -> bool:
        return all(cell.is_bold for cells in self.cells.values() for cell in cells)


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
        and 0 < segment[-1].bottom - line.bottom <= _CELL_LEADING * line.size
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
        if is_same_cell and 0 < low - below.bottom <= _CELL_LEADING * line.size:
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
        is_above = 0 < step <= _CELL_LEADING * line.size and any(
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
    columns = _columns(lines)
    rows = _rows(lines, columns, is_bold)
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


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where each column begins and ends: by the rows with the most cells, and by what stands
    beside all of these.
    """
    most = max(len(line.cells) for line in lines)
    full = [line for line in lines if len(line.cells) == most]
    columns = [
        (min(line.starts[index] for line in full), max(line.ends[index] for line in full))
        for index in range(most)
    ]
    if any(left[1] > right[0] for left, right in pairwise(columns)):
        # Rows of as many cells in other columns: one of them must do.
        columns = list(zip(full[0].starts, full[0].ends, strict=True))
    for line in lines:
        for left, right in zip(line.starts, line.ends, strict=True):
            if all(right < start or left > end for start, end in columns):
                columns.append((left, right))
    return sorted(columns)


def _column_of(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """The column that overlaps most, else the nearest one."""
    return max(
        range(len(columns)),
        key=lambda index: min(right, columns[index][1]) - max(left, columns[index][0]),
    )


def _rows(
    lines: Sequence[Line],
    columns: Sequence[tuple[float, float]],
    is_bold: Callable[[Line], bool],
) -> list[_Row]:
    """The table's rows from top to bottom, each with its cells by column."""
    rows: list[_Row] = []
    for line in lines:
        if len(line.cells) > 1:
            row = _Row(bottom=line.bottom, top=line.top)
            for text, left, right in zip(line.cells, line.starts, line.ends, strict=True):
                cell = _cell(line, text, left, right, is_bold=is_bold(line))
                row.add(_column_of(left, right, columns), cell)
            _add_row(rows, row)
    stacks = [
        (_column_of(stack.left, stack.right, columns), stack)
        for stack in _stacks(lines, columns, is_bold)
    ]
    loose: list[_Row] = []
    for column, stack in stacks:
        own = _beside(stack, rows)
        if own is None and not _fill_row(stack, stacks, len(columns)):
            own = _nearest(stack, column, rows)
        if own is None:
            own = _beside(stack, [row for row in loose if column not in row.cells])
        if own is None:
            own = _Row(bottom=stack.bottom, top=stack.top)
            loose.append(own)
        own.add(column, stack)
    for row in (*rows, *loose):
        for cells in row.cells.values():
            cells.sort(key=lambda cell: -cell.top)
    return sorted((*rows, *loose), key=lambda row: -(row.top + row.bottom))


def _add_row(rows: list[_Row], row: _Row) -> None:
    """Add a row, or its cells to the row above if they stand beside that one's."""
    if rows and not rows[-1].cells.keys() & row.cells.keys() and _stand_beside(rows[-1], row):
        rows[-1].cells |= row.cells
    else:
        rows.append(row)


def _stand_beside(one: _Row, other: _Row) -> bool:
    height = max(min(one.top - one.bottom, other.top - other.bottom), 0.1)
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared >= _MIN_OVERLAP * height


def _cell(line: Line, text: str, left: float, right: float, *, is_bold: bool) -> _Cell:
    return _Cell(
        left=left,
        right=right,
        bottom=line.bottom,
        top=line.top,
        first_bottom=line.bottom,
        size=line.size,
        texts=[text],
        is_bold=is_bold,
    )


def _stacks(
    lines: Sequence[Line],
    columns: Sequence[tuple[float, float]],
    is_bold: Callable[[Line], bool],
) -> list[_Cell]:
    """Single lines, joined with those of their column that follow right below."""
    stacks: list[_Cell] = []
    open_stack: _Cell | None = None
    for line in lines:
        if len(line.cells) > 1:
            open_stack = None
            continue
        cell = _cell(line, line.text, line.left, line.right, is_bold=is_bold(line))
        if open_stack is not None and _goes_on(open_stack, cell, columns):
            open_stack.extend(cell)
        else:
            stacks.append(cell)
            open_stack = cell
    return stacks


def _goes_on(above: _Cell, below: _Cell, columns: Sequence[tuple[float, float]]) -> bool:
    same_column = _column_of(above.left, above.right, columns) == _column_of(
        below.left, below.right, columns
    )
    return same_column and 0 < above.bottom - below.bottom <= _CELL_LEADING * below.size


def _beside(stack: _Cell, rows: Sequence[_Row]) -> _Row | None:
    """The row that stands beside most of the stack."""
    row = max(rows, key=stack.overlap, default=None)
    return row if row is not None and stack.overlap(row) >= _MIN_OVERLAP else None


def _fill_row(stack: _Cell, stacks: Sequence[tuple[int, _Cell]], columns: int) -> bool:
    """Whether the stack and those beside it fill most of a row: cells that came one by one."""
    filled = {
        column
        for column, other in stacks
        if stack.overlap(other) >= _MIN_OVERLAP and other.height < 1.5 * stack.height
    }
    return len(filled) > max(2, _ROW_SHARE * columns)


def _nearest(stack: _Cell, column: int, rows: Sequence[_Row]) -> _Row | None:
    """The row with the cell that the stack goes on, or else the one whose cell goes on the stack.

    Between two rows as near, the one above: text breaks downwards. In the first column a line as
    far off as the rows are from each other is a row of its own, such as a section's name.
    """
    limit = _CELL_LEADING * stack.size
    if column == 0:
        limit = min(limit, _SECTION_SHARE * _row_step(rows, stack.size))
    nearest: tuple[float, _Row] | None = None
    for row in rows:
        for cell in row.cells.get(column, ()):
            above = cell.bottom - stack.first_bottom
            below = stack.bottom - cell.first_bottom
            step = above if above > 0 else below
            distance = above if above > 0 else below + _GLYPH_NOISE * stack.size
            if 0 < step <= limit and (nearest is None or distance < nearest[0]):
                nearest = (distance, row)
    return None if nearest is None else nearest[1]


def _row_step(rows: Sequence[_Row], size: float) -> float:
    """How far the closest two rows are apart; infinite for fewer than two."""
    bottoms = sorted(row.bottom for row in rows)
    steps = [high - low for low, high in pairwise(bottoms) if high - low > _MIN_ROW_STEP * size]
    return min(steps, default=inf)


def _split_at_headers(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Tables that stand one below the other: each begins with column names in bold."""
    part: list[_Row] = []
    for row in rows:
        is_header = row.is_bold and len(row.cells) > 1
        if is_header and any(len(above.cells) > 1 and not above.is_bold for above in part):
            yield part
            part = []
        part.append(row)
    yield part


def _header_rows(rows: Sequence[_Row], texts: Sequence[Sequence[str]]) -> int:
    leading = next((index for index, row in enumerate(rows) if not row.is_bold), len(rows))
    is_named = not any(is_number(cell) for row in texts[:leading] for cell in row)
    if 0 < leading <= _MAX_HEADER_ROWS and leading < len(rows) and is_named:
        return leading
    names = header_rows_of(texts)
    # Below the column names, a line in the first column alone names a section.
    while names > 1 and rows[names - 1].cells.keys() == {0}:
        names -= 1
    return names
