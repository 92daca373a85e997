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
from itertools import pairwise
from statistics import median
from typing import Any

from ingest.parsers.contract import Block, BlockKind
from ingest.parsers.pdf_line import Line
from ingest.parsers.pdf_tables import Table, find_tables
from ingest.parsers.tables import table_block

# In multiples of the font size. Word spaces are about 0.3; justified lines stretch them to 0.9.
_COLUMN_GAP = 1.4
_HEADING_SCALE = 1.15
_BOLD_SCALE = 1.25
_MAX_HEADING_CHARS = 150
_MAX_HEADING_LINES = 3
_MAX_BOLD_HEADING_CHARS = 90
# In points. What is drawn smaller is a mark for programs, which nobody sees.
_MIN_DRAWN_SIZE = 2.0
_LINE_END_HYPHENS = "\x02\ufffe\u00ad"
_BROKEN_WORD = re.compile(r"[^\W\d_]-$")
_GLYPHS = "•●○◦▪■□▫‣⁃∙·◆◇►➢➤✓✔\uf0b7\uf0a7\uf0d8"
_BULLET = re.compile(rf"^(?:[{_GLYPHS}]|[-–—*o](?=\s))\s*(?=\S)")
_MARKER = re.compile(rf"[{_GLYPHS}–—*-]|\(?(?:\d{{1,2}}|[a-zA-Z])[.)]")
_NUMBERED = re.compile(
    r"^(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+(?=\S)"
)
_BOLD_NAME = re.compile(rb"bold|black|heavy", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\W#]*(?:page|seite|pg?)?[\W#]*(?:of|von|de|sur)?[\W#]*")
_LEADERS = re.compile(r"\s*(?:\.\s?){5,}\s*")
_SENTENCE_END = re.compile(r"[.!?:;]['\"”’)\]]*$")
_FIRST_SENTENCE = re.compile(r"^.{0,1000}?[.!?]['\"”’)\]]*(?=\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Style:
    """What the whole document tells: the levels of large font sizes, what is bold, its words."""

    levels: dict[float, int]
    bold_weight: float
    words: frozenset[str]

    def is_bold(self, line: Line) -> bool:
        return line.weight >= self.bold_weight

    def is_bold_heading(self, line: Line) -> bool:
        return (
            self.is_bold(line)
            and len(line.text) <= _MAX_BOLD_HEADING_CHARS
            and _may_be_heading(line)
            and (line.text[0].isupper() or line.text[0].isdigit())
            and not _SENTENCE_END.search(line.text)
        )


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
    style = _Style(
        levels=_heading_levels(pages, sizes.most_common(1)[0][0]),
        bold_weight=_body_weight(pages) * _BOLD_SCALE,
        words=_vocabulary(pages),
    )
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        page_blocks = list(_page_blocks(page, number, style))
        _mend_sentence(blocks, page_blocks)
        blocks.extend(page_blocks)
    return blocks


def _read_line(page: Any, codes: Sequence[int], start: int, end: int) -> Line | None:

    visible = [index for index in range(start, end) if codes[index] > 32 and codes[index] != 160]
    if not visible:
        return None
    first, last = visible[0], visible[-1]
    probe = visible[len(visible) // 2]
    size = _font_size(page, probe)
    if size < _MIN_DRAWN_SIZE:
        return None
    left, _, bottom, top = _box(page, first)
    cells: list[str] = []
    starts = [left]
    ends: list[float] = []
    cell_start = first
    for before, after in pairwise(visible):
        if after > before + 1:
            next_left, before_right = _box(page, after)[0], _box(page, before)[1]
            if next_left - before_right > _COLUMN_GAP * size:
                cells.append(_characters(codes, cell_start, before + 1))
                starts.append(next_left)
                ends.append(before_right)
                cell_start = after
    broken_word = "\x02" if codes[end - 1] == 2 else ""
    cells.append(_characters(codes, cell_start, last + 1) + broken_word)
    if len(cells) > 1 and _MARKER.fullmatch(cells[0]):
        cells[:2] = [f"{cells[0]} {cells[1]}"]
        del starts[1], ends[0]
    _, right, last_bottom, last_top = _box(page, last)
    return Line(
        cells=tuple(cells),
        starts=tuple(starts),
        ends=(*ends, right),
        size=size,
        # A run-in heading is bold at the start of its line only.
        weight=min(_font_weight(page, index) for index in {first, probe, last}),
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
    text = " ".join(units.decode("utf-16-le", errors="replace").split())
    return _LEADERS.sub(" … ", text).strip()


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


def _font_weight(page: Any, index: int) -> int:
    import pypdfium2.raw as pdfium

    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(page, index, name, len(name), None)
    # The weight is derived from stem widths, which fonts that are not embedded do not state.
    return 700 if _BOLD_NAME.search(name.value) else int(pdfium.FPDFText_GetFontWeight(page, index))


def _continues_row(previous: Line, line: Line) -> bool:
    """Whether `line` goes on at the right of `previous`: cells of a row, or a superscript."""
    height = max(min(previous.top - previous.bottom, line.top - line.bottom), 0.1)
    overlap = min(previous.top, line.top) - max(previous.bottom, line.bottom)
    return overlap > 0.5 * height and line.left >= previous.right - 0.3 * line.size


def _join_row(previous: Line, line: Line) -> Line:
    gap = line.left - previous.right
    is_marked = len(previous.cells) == 1 and _MARKER.fullmatch(previous.text) is not None
    if gap > _COLUMN_GAP * max(previous.size, line.size) and not is_marked:
        cells = previous.cells + line.cells
        starts = previous.starts + line.starts
        ends = previous.ends + line.ends
    else:
        glue = " " if is_marked or gap > 0.15 * min(previous.size, line.size) else ""
        joined = previous.cells[-1] + glue + line.cells[0]
        cells = (*previous.cells[:-1], joined, *line.cells[1:])
        starts = previous.starts + line.starts[1:]
        ends = previous.ends[:-1] + line.ends
    main = max(previous, line, key=lambda part: len(part.text))
    return Line(
        cells=cells,
        starts=starts,
        ends=ends,
        size=main.size,
        weight=main.weight,
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
                is_new = shape not in seen and not _PAGE_NUMBER.fullmatch(shape)
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


def _body_weight(pages: Sequence[Sequence[Line]]) -> int:
    weights: Counter[int] = Counter()
    for page in pages:
        for line in page:
            weights[line.weight] += len(line.text)
    return max(weights.most_common(1)[0][0], 1)


def _may_be_heading(line: Line) -> bool:
    letters = sum(char.isalpha() for char in line.text)
    return (
        len(line.cells) == 1
        and not _is_upright(line)
        and 3 <= letters >= 0.5 * len(line.text.replace(" ", ""))
        and len(line.text) <= _MAX_HEADING_CHARS
    )


def _is_upright(line: Line) -> bool:
    """Whether the text runs up or down the page, as notes in the margin do."""
    return len(line.text) > 3 and line.right - line.left < line.top - line.bottom


def _vocabulary(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    return frozenset(
        word.lower()
        for page in pages
        for line in page
        for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text)
    )


def _page_blocks(lines: Sequence[Line], page: int, style: _Style) -> Iterator[Block]:
    found = find_tables(
        lines,
        is_bold=style.is_bold,
        is_heading=lambda line: round(line.size, 1) in style.levels and _may_be_heading(line),
        join=lambda texts: _join_lines(texts, style.words),
    )
    for part in found:
        if isinstance(part, Table):
            block = table_block(part.rows, header_rows=part.header_rows, page=page)
            if block is not None:
                yield block
        else:
            for group in _groups(part, style):
                yield _text_block(group, page, style)


def _text_block(group: Sequence[Line], page: int, style: _Style) -> Block:
    first = group[0]
    text = _join_lines([line.text for line in group], style.words)
    level = style.levels.get(round(first.size, 1)) if len(group) <= _MAX_HEADING_LINES else None
    if level is None and len(group) == 1 and style.is_bold_heading(first):
        level = min(max(style.levels.values(), default=0) + 1, 5)
    if level is not None and _may_be_heading(first):
        return Block(kind=BlockKind.HEADING, text=text, level=level, page=page)
    if bullet := _BULLET.match(text):
        return Block(kind=BlockKind.LIST_ITEM, text=text[bullet.end() :], level=1, page=page)
    if _NUMBERED.match(text):
        return Block(kind=BlockKind.LIST_ITEM, text=text, level=1, page=page)
    return Block(kind=BlockKind.PARAGRAPH, text=text, page=page)


def _groups(lines: Sequence[Line], style: _Style) -> Iterator[list[Line]]:
    """Lines that belong together: one paragraph, heading, list item or table."""
    leading = _usual_leading(lines)
    group: list[Line] = []
    for line in lines:
        if group and not _belongs(group, line, leading, style):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance between the tops of two lines, in multiples of the font size."""
    steps = [
        (above.bottom - below.bottom) / max(above.size, 1)
        for above, below in pairwise(lines)
        if 0.7 <= (above.bottom - below.bottom) / max(above.size, 1) <= 2.5
    ]
    return median(steps) if steps else 1.2


def _belongs(group: Sequence[Line], line: Line, leading: float, style: _Style) -> bool:
    previous = group[-1]
    step = (previous.bottom - line.bottom) / max(previous.size, 1)
    if len(previous.cells) > 1 or len(line.cells) > 1:
        return False
    if round(previous.size, 1) in style.levels or round(line.size, 1) in style.levels:
        return abs(previous.size - line.size) < 0.3 and 0 < step <= max(1.6, leading * 1.3)
    if _begins_item(group, line):
        return False
    if step <= 0:
        # The next column: the paragraph goes on there if its sentence does.
        is_open = not _SENTENCE_END.search(previous.text)
        return is_open and line.text[:1].islower() and abs(previous.size - line.size) < 0.3
    if step > leading * 1.3 + 0.1:
        return False
    if len(group) == 1 and style.is_bold_heading(previous) and not style.is_bold(line):
        return False
    return not _begins_paragraph(group, line)


def _begins_item(group: Sequence[Line], line: Line) -> bool:
    if _NUMBERED.match(line.text):
        return True
    bullet = _BULLET.match(line.text)
    if bullet is None:
        return False
    # A dash at the start of a line may as well be punctuation within a sentence.
    is_certain = bullet[0][0] not in "·-–—*o"
    after_item = _SENTENCE_END.search(group[-1].text) or _BULLET.match(group[0].text)
    return is_certain or after_item is not None


def _begins_paragraph(group: Sequence[Line], line: Line) -> bool:
    """Whether the line above ends a paragraph (a sentence that stops short of the margin), or this
    one is indented after a sentence's end.
    """
    previous = group[-1]
    if not _SENTENCE_END.search(previous.text):
        return False
    width = max(part.right for part in (*group, line)) - min(part.left for part in (*group, line))
    stops_short = previous.right < line.right - 0.25 * width
    is_indented = line.left > previous.left + 0.8 * line.size and len(group) > 1
    return stops_short or is_indented


def _join_lines(lines: Iterable[str], words: frozenset[str]) -> str:
    text = ""
    for line in lines:
        is_broken = bool(text) and text[-1] in _LINE_END_HYPHENS
        if is_broken or (_BROKEN_WORD.search(text) and line[:1].islower()):
            text = text[:-1] + _mended(text[:-1], line, words)
        else:
            text += (" " if text else "") + line
    if text and text[-1] in _LINE_END_HYPHENS:
        text = text[:-1] + "-"
    return text.translate(dict.fromkeys(map(ord, _LINE_END_HYPHENS)))


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
