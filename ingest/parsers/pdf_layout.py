"""Lines of a PDF page, as pdfium finds them, to headings, paragraphs, list items and tables.

A PDF says where characters stand, not what they are: everything here is inferred from positions
and font sizes, and errs towards plain paragraphs.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ingest.parsers.contract import Block, BlockKind
from ingest.parsers.tables import header_rows_of, table_block

# In multiples of the font size. Word spaces are about 0.3; justified lines stretch them to 0.9.
_COLUMN_GAP = 1.4
_HEADING_SCALE = 1.15
_MAX_HEADING_CHARS = 150
_MAX_HEADING_LINES = 3
_LINE_END_HYPHENS = "\x02\ufffe\u00ad"
_BULLET = re.compile(r"^(?:[•●○◦▪■□▫‣⁃∙·◆◇►➢➤✓✔\uf0b7\uf0a7\uf0d8]|[-–—*o](?=\s))\s*(?=\S)")
_NUMBERED = re.compile(
    r"^(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+(?=\S)"
)
_SENTENCE_END = re.compile(r"[.!?:;]['\"”’)\]]*$")
_FIRST_SENTENCE = re.compile(r"^.{0,1000}?[.!?]['\"”’)\]]*(?=\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its cells (parted by wide gaps) and its place in points, y growing upwards."""

    cells: tuple[str, ...]
    size: float
    is_bold: bool
    left: float
    right: float
    bottom: float
    top: float

    @property
    def text(self) -> str:
        return " ".join(self.cells)


def page_lines(page: Any) -> list[Line]:
    """The lines of a `pypdfium2.PdfTextPage`, in the order of the page's content."""
    import pypdfium2.raw as pdfium

    count = page.count_chars()
    codes = [pdfium.FPDFText_GetUnicode(page, index) for index in range(count)]
    lines: list[Line] = []
    start = 0
    for index in range(count + 1):
        if index < count and codes[index] not in (10, 13):
            # A word broken at the end of a line stands in pdfium's text as one: break it again.
            if codes[index] != 2:
                continue
            end = index + 1
        else:
            end = index
        line = _read_line(page, codes, start, end)
        start = index + 1
        if line is None:
            continue
        if lines and _continues_row(lines[-1], line):
            line = _join_row(lines.pop(), line)
        lines.append(line)
    return lines


def to_blocks(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """Blocks of all pages in order; pages count from 1."""
    pages = _without_running_titles(pages)
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[round(line.size, 1)] += len(line.text)
    if not sizes:
        return []
    body_size = sizes.most_common(1)[0][0]
    levels = _heading_levels(pages, body_size)
    words = _vocabulary(pages)
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        page_blocks = list(_page_blocks(page, number, levels, words))
        _mend_sentence(blocks, page_blocks)
        blocks.extend(page_blocks)
    return blocks


def _read_line(page: Any, codes: Sequence[int], start: int, end: int) -> Line | None:
    import pypdfium2.raw as pdfium

    visible = [index for index in range(start, end) if codes[index] > 32 and codes[index] != 160]
    if not visible:
        return None
    first, last = visible[0], visible[-1]
    probe = visible[len(visible) // 2]
    size = _font_size(page, probe)
    cells: list[str] = []
    cell_start = first
    left, _, bottom, top = _box(page, first)
    for before, after in zip(visible, visible[1:], strict=False):
        if after > before + 1:
            gap = _box(page, after)[0] - _box(page, before)[1]
            if gap > _COLUMN_GAP * size:
                cells.append(_characters(codes, cell_start, before + 1))
                cell_start = after
    broken_word = "\x02" if codes[end - 1] == 2 else ""
    cells.append(_characters(codes, cell_start, last + 1) + broken_word)
    _, right, last_bottom, last_top = _box(page, last)
    return Line(
        cells=tuple(cells),
        size=size,
        is_bold=pdfium.FPDFText_GetFontWeight(page, probe) >= 600,
        left=left,
        right=right,
        bottom=min(bottom, last_bottom),
        top=max(top, last_top),
    )


def _characters(codes: Sequence[int], start: int, end: int) -> str:
    units = b"".join(
        code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le")
        for code in codes[start:end]
    )
    return " ".join(units.decode("utf-16-le", errors="replace").split())


def _box(page: Any, index: int) -> tuple[float, float, float, float]:
    import pypdfium2.raw as pdfium

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(page, index, left, right, bottom, top)
    return left.value, right.value, bottom.value, top.value


def _font_size(page: Any, index: int) -> float:
    """The size as drawn: fonts of size 1 scaled by a matrix are common."""
    import pypdfium2.raw as pdfium

    size = float(pdfium.FPDFText_GetFontSize(page, index))
    matrix = pdfium.FS_MATRIX()
    if pdfium.FPDFText_GetMatrix(page, index, matrix):
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        # Newer pdfium returns the size scaled already; a size below 2 points is never drawn.
        if size < 2 and scale > 2:
            size *= scale
    return max(size, 1.0)


def _continues_row(previous: Line, line: Line) -> bool:
    """Whether `line` goes on at the right of `previous`: cells of a row, or a superscript."""
    height = max(min(previous.top - previous.bottom, line.top - line.bottom), 0.1)
    overlap = min(previous.top, line.top) - max(previous.bottom, line.bottom)
    return overlap > 0.5 * height and line.left >= previous.right - 0.3 * line.size


def _join_row(previous: Line, line: Line) -> Line:
    gap = line.left - previous.right
    if gap > _COLUMN_GAP * max(previous.size, line.size):
        cells = previous.cells + line.cells
    else:
        glue = " " if gap > 0.15 * min(previous.size, line.size) else ""
        joined = previous.cells[-1] + glue + line.cells[0]
        cells = (*previous.cells[:-1], joined, *line.cells[1:])
    main = max(previous, line, key=lambda part: len(part.text))
    return Line(
        cells=cells,
        size=main.size,
        is_bold=main.is_bold,
        left=previous.left,
        right=line.right,
        bottom=min(previous.bottom, line.bottom),
        top=max(previous.top, line.top),
    )


def _without_running_titles(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without page numbers and without titles repeated at most pages' edges.

    The first page keeps what is repeated, because it may be said nowhere else.
    """
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_shape(line) for line in _edges(page)})
    needed = max(3, len(pages) * 0.5)
    repeated = {shape for shape, count in counts.items() if count >= needed}
    kept: list[list[Line]] = []
    seen: set[str] = set()
    for page in pages:
        edges = {id(line) for line in _edges(page)}
        lines: list[Line] = []
        for line in page:
            shape = _shape(line)
            if id(line) in edges and shape in repeated:
                is_new = shape not in seen and any(char.isalpha() for char in shape)
                seen.add(shape)
                if not is_new:
                    continue
            lines.append(line)
        kept.append(lines)
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: -line.top)
    return by_height if len(page) <= 4 else by_height[:2] + by_height[-2:]


def _shape(line: Line) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text.lower())


def _heading_levels(pages: Sequence[Sequence[Line]], body_size: float) -> dict[float, int]:
    """Font sizes clearly larger than the body's, largest first, as levels 1 to 4."""
    sizes = sorted(
        {
            round(line.size, 1)
            for page in pages
            for line in page
            if line.size >= body_size * _HEADING_SCALE and _may_be_heading(line)
        },
        reverse=True,
    )
    return {size: min(level, 4) for level, size in enumerate(sizes, start=1)}


def _may_be_heading(line: Line) -> bool:
    letters = sum(char.isalpha() for char in line.text)
    return (
        len(line.cells) == 1
        and 3 <= letters >= 0.5 * len(line.text.replace(" ", ""))
        and len(line.text) <= _MAX_HEADING_CHARS
    )


def _vocabulary(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    return frozenset(
        word.lower()
        for page in pages
        for line in page
        for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text)
    )


def _page_blocks(
    lines: Sequence[Line], page: int, levels: dict[float, int], words: frozenset[str]
) -> Iterator[Block]:
    for group in _groups(lines, levels):
        first = group[0]
        if len(first.cells) > 1 and len(group) > 1:
            rows = [line.cells for line in group]
            block = table_block(rows, header_rows=header_rows_of(rows), page=page)
            if block is not None:
                yield block
            continue
        text = _join_lines([line.text for line in group], words)
        if (level := levels.get(round(first.size, 1))) and len(group) <= _MAX_HEADING_LINES:
            yield Block(kind=BlockKind.HEADING, text=text, level=level, page=page)
        elif bullet := _BULLET.match(text):
            item = text[bullet.end() :]
            yield Block(kind=BlockKind.LIST_ITEM, text=item, level=1, page=page)
        elif _NUMBERED.match(text):
            yield Block(kind=BlockKind.LIST_ITEM, text=text, level=1, page=page)
        else:
            yield Block(kind=BlockKind.PARAGRAPH, text=text, page=page)


def _groups(lines: Sequence[Line], levels: dict[float, int]) -> Iterator[list[Line]]:
    """Lines that belong together: one paragraph, heading, list item or table."""
    leading = _usual_leading(lines)
    group: list[Line] = []
    for line in lines:
        if group and not _belongs(group, line, leading, levels):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance between the tops of two lines, in multiples of the font size."""
    steps = [
        (above.bottom - below.bottom) / max(above.size, 1)
        for above, below in zip(lines, lines[1:], strict=False)
        if 0.7 <= (above.bottom - below.bottom) / max(above.size, 1) <= 2.5
    ]
    return median(steps) if steps else 1.2


def _belongs(group: Sequence[Line], line: Line, leading: float, levels: dict[float, int]) -> bool:
    previous = group[-1]
    if (len(previous.cells) > 1) != (len(line.cells) > 1):
        return False
    step = (previous.bottom - line.bottom) / max(previous.size, 1)
    if len(line.cells) > 1:
        # Rows of a table may stand further apart than lines of text.
        return 0 < step <= 4
    if round(previous.size, 1) in levels or round(line.size, 1) in levels:
        return abs(previous.size - line.size) < 0.3 and 0 < step <= max(1.6, leading * 1.3)
    if not 0 < step <= leading * 1.3 + 0.1:
        return False
    if _NUMBERED.match(line.text) or (
        (bullet := _BULLET.match(line.text))
        and (
            # A dash at the start of a line may as well be punctuation within a sentence.
            bullet[0][0] not in "·-–—*o"
            or _SENTENCE_END.search(previous.text)
            or _BULLET.match(group[0].text)
        )
    ):
        return False
    if previous.is_bold != line.is_bold and len(group) == 1 and previous.is_bold:
        # A bold line of its own above the text; bold words at a line's middle do not reach here.
        return previous.right > 0.8 * line.right
    width = max(part.right for part in (*group, line)) - min(part.left for part in (*group, line))
    ended_early = previous.right < line.right - 0.25 * width
    if ended_early and _SENTENCE_END.search(previous.text):
        return False
    is_indented = line.left > previous.left + 0.8 * line.size
    return not (is_indented and len(group) > 1 and _SENTENCE_END.search(previous.text))


def _join_lines(lines: Iterable[str], words: frozenset[str]) -> str:
    text = ""
    for line in lines:
        if (text and text[-1] in _LINE_END_HYPHENS) or (
            re.search(r"[^\W\d_]-$", text) and line[:1].islower()
        ):
            text = text[:-1] + _mended(text[:-1], line, words)
        else:
            text += (" " if text else "") + line
    for mark in _LINE_END_HYPHENS:
        text = text.replace(mark, "-" if text.endswith(mark) else "")
    return text


def _mended(before: str, line: str, words: frozenset[str]) -> str:
    """What follows `before`, whose word broke at the line's end: without its hyphen, unless the
    document writes the word with one elsewhere, or the line goes on with a capital or a digit.
    """
    head = re.search(r"[^\W\d_]+$", before)
    tail = re.match(r"[^\W\d_]+", line)
    if head is None or tail is None or not tail[0][0].islower():
        return "-" + line
    whole, hyphenated = (head[0] + tail[0]).lower(), f"{head[0]}-{tail[0]}".lower()
    return "-" + line if hyphenated in words and whole not in words else line


def _mend_sentence(before: list[Block], after: list[Block]) -> None:
    """Move the end of a sentence that a page break cut back to the page where it began."""
    if not before or not after:
        return
    head, tail = before[-1], after[0]
    prose = {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}
    if head.kind not in prose or tail.kind is not BlockKind.PARAGRAPH:
        return
    if _SENTENCE_END.search(head.text) or not tail.text[:1].islower():
        return
    match = _FIRST_SENTENCE.match(tail.text)
    moved = match[0] if match else tail.text
    before[-1] = Block(
        kind=head.kind, text=f"{head.text} {moved}", level=head.level, page=head.page
    )
    rest = tail.text[len(moved) :].strip()
    after[:1] = [Block(kind=tail.kind, text=rest, page=tail.page)] if rest else []
