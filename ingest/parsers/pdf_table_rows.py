"""The rows of a PDF's table: cells put into columns and rows by where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from ingest.parsers.pdf_line import Line

# Steps between the lines of a cell, in multiples of the font size: some 1.2, and 0.25 more from a
# line without to one with descenders, because a line's place is that of its outer glyphs.
CELL_LEADING = 1.45
_GLYPH_NOISE = 0.25
# Of the columns that lines without a row of their own must fill to make one.
_ROW_SHARE = 0.5
_SECTION_SHARE = 0.95
_MIN_ROW_STEP = 0.8
_MIN_OVERLAP = 0.3


@dataclass(slots=True)
class Cell:
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

    def overlap(self, other: Cell | Row) -> float:
        """How much of the lower of the two stands beside the other, 0 to 1."""
        height = max(min(self.height, other.top - other.bottom), 0.1)
        return (min(self.top, other.top) - max(self.bottom, other.bottom)) / height

    def extend(self, below: Cell) -> None:
        self.left, self.right = min(self.left, below.left), max(self.right, below.right)
        self.bottom, self.top = min(self.bottom, below.bottom), max(self.top, below.top)
        self.texts.extend(below.texts)


@dataclass(slots=True)
class Row:
    bottom: float
    top: float
    cells: dict[int, list[Cell]] = field(default_factory=dict)

    def add(self, column: int, cell: Cell) -> None:
        self.cells.setdefault(column, []).append(cell)

    @property
    def is_bold(self) -> bool:
        return all(cell.is_bold for cells in self.cells.values() for cell in cells)


def find_columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
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


def find_rows(
    lines: Sequence[Line],
    columns: Sequence[tuple[float, float]],
    is_bold: Callable[[Line], bool],
) -> list[Row]:
    """The table's rows from top to bottom, each with its cells by column."""
    rows: list[Row] = []
    for line in lines:
        if len(line.cells) > 1:
            row = Row(bottom=line.bottom, top=line.top)
            for text, left, right in zip(line.cells, line.starts, line.ends, strict=True):
                cell = _cell(line, text, left, right, is_bold=is_bold(line))
                row.add(_column_of(left, right, columns), cell)
            _add_row(rows, row)
    stacks = [
        (_column_of(stack.left, stack.right, columns), stack)
        for stack in _stacks(lines, columns, is_bold)
    ]
    loose: list[Row] = []
    for column, stack in stacks:
        own = _beside(stack, rows)
        if own is None and not _fill_row(stack, stacks, len(columns)):
            own = _nearest(stack, column, rows)
        if own is None:
            own = _beside(stack, [row for row in loose if column not in row.cells])
        if own is None:
            own = Row(bottom=stack.bottom, top=stack.top)
            loose.append(own)
        own.add(column, stack)
    for row in (*rows, *loose):
        for cells in row.cells.values():
            cells.sort(key=lambda cell: -cell.top)
    return sorted((*rows, *loose), key=lambda row: -(row.top + row.bottom))


def _column_of(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """The column that overlaps most, else the nearest one."""
    return max(
        range(len(columns)),
        key=lambda index: min(right, columns[index][1]) - max(left, columns[index][0]),
    )


def _add_row(rows: list[Row], row: Row) -> None:
    """Add a row, or its cells to the row above if they stand beside that one's."""
    if rows and not rows[-1].cells.keys() & row.cells.keys() and _stand_beside(rows[-1], row):
        rows[-1].cells |= row.cells
    else:
        rows.append(row)


def _stand_beside(one: Row, other: Row) -> bool:
    height = max(min(one.top - one.bottom, other.top - other.bottom), 0.1)
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared >= _MIN_OVERLAP * height


def _cell(line: Line, text: str, left: float, right: float, *, is_bold: bool) -> Cell:
    return Cell(
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
) -> list[Cell]:
    """Single lines, joined with those of their column that follow right below."""
    stacks: list[Cell] = []
    open_stack: Cell | None = None
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


def _goes_on(above: Cell, below: Cell, columns: Sequence[tuple[float, float]]) -> bool:
    same_column = _column_of(above.left, above.right, columns) == _column_of(
        below.left, below.right, columns
    )
    return same_column and 0 < above.bottom - below.bottom <= CELL_LEADING * below.size


def _beside(stack: Cell, rows: Sequence[Row]) -> Row | None:
    """The row that stands beside most of the stack."""
    row = max(rows, key=stack.overlap, default=None)
    return row if row is not None and stack.overlap(row) >= _MIN_OVERLAP else None


def _fill_row(stack: Cell, stacks: Sequence[tuple[int, Cell]], columns: int) -> bool:
    """Whether the stack and those beside it fill most of a row: cells that came one by one."""
    filled = {
        column
        for column, other in stacks
        if stack.overlap(other) >= _MIN_OVERLAP and other.height < 1.5 * stack.height
    }
    return len(filled) > max(2, _ROW_SHARE * columns)


def _nearest(stack: Cell, column: int, rows: Sequence[Row]) -> Row | None:
    """The row with the cell that the stack goes on, or else the one whose cell goes on the stack.

    Between two rows as near, the one above: text breaks downwards. In the first column a line as
    far off as the rows are from each other is a row of its own, such as a section's name.
    """
    limit = CELL_LEADING * stack.size
    if column == 0:
        limit = min(limit, _SECTION_SHARE * _row_step(rows, stack.size))
    nearest: tuple[float, Row] | None = None
    for row in rows:
        for cell in row.cells.get(column, ()):
            above = cell.bottom - stack.first_bottom
            below = stack.bottom - cell.first_bottom
            step = above if above > 0 else below
            distance = above if above > 0 else below + _GLYPH_NOISE * stack.size
            if 0 < step <= limit and (nearest is None or distance < nearest[0]):
                nearest = (distance, row)
    return None if nearest is None else nearest[1]


def _row_step(rows: Sequence[Row], size: float) -> float:
    """How far the closest two rows are apart; infinite for fewer than two."""
    bottoms = sorted(row.bottom for row in rows)
    steps = [high - low for low, high in pairwise(bottoms) if high - low > _MIN_ROW_STEP * size]
    return min(steps, default=inf)
