"""PowerPoint decks, by python-pptx: a slide is a page, its title a heading.

Not unstructured's `partition_pptx`: it has no heading per slide that chunking could follow, drops
charts, and runs every text box through a part-of-speech tagger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from ingest.parsers.contract import Block, BlockKind, ParsedDocument, parsed_or_no_text
from ingest.parsers.tables import table_block
from ingest.parsers.titles import sensible_title
from ingest.parsers.zips import check_zip, damaged, reporting_damage

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAX_GROUP_DEPTH = 20


class PptxParser:
    """Shapes from top to bottom, then the speaker's notes."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".pptx", ".pptm", ".ppsx", ".potx"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {"application/vnd.openxmlformats-officedocument.presentationml.presentation"}
    )

    def parse(self, path: Path) -> ParsedDocument:
        check_zip(path, saved_as=".pptx")
        from pptx import Presentation
        from pptx.exc import PythonPptxError

        try:
            with reporting_damage(".pptx"), path.open("rb") as file:
                deck = Presentation(file)
                blocks = [
                    block
                    for page, slide in enumerate(deck.slides, start=1)
                    for block in _slide_blocks(slide, page)
                ]
                title = sensible_title(deck.core_properties.title)
        except PythonPptxError as error:
            raise damaged(".pptx") from error
        headings = (block.text for block in blocks if block.kind is BlockKind.HEADING)
        return parsed_or_no_text(title or next(headings, None), blocks)


def _slide_blocks(slide: Any, page: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        text = " ".join(title.text_frame.text.split())
        yield Block(kind=BlockKind.HEADING, text=text, level=1, page=page)
    for shape in _in_reading_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape_blocks(shape, page, depth=0)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        if notes:
            yield Block(kind=BlockKind.PARAGRAPH, text=f"Notes: {notes}", page=page)


def _in_reading_order(shapes: Iterable[Any]) -> list[Any]:
    """Top to bottom, then left to right. A placeholder without a place of its own comes first."""
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _shape_blocks(shape: Any, page: int, *, depth: int) -> Iterator[Block]:
    from pptx.shapes.group import GroupShape

    if isinstance(shape, GroupShape):
        if depth < _MAX_GROUP_DEPTH:
            for inner in _in_reading_order(shape.shapes):
                yield from _shape_blocks(inner, page, depth=depth + 1)
    elif getattr(shape, "has_table", False):
        yield from _table_blocks(shape.table, page)
    elif getattr(shape, "has_chart", False):
        yield from _chart_blocks(shape.chart, page)
    elif shape.has_text_frame:
        yield from _text_blocks(shape, page)


def _text_blocks(shape: Any, page: int) -> Iterator[Block]:
    is_bulleted = _has_bullets_by_default(shape)
    for paragraph in shape.text_frame.paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
        if not text:
            continue
        if _is_list_item(paragraph, is_bulleted):
            level = paragraph.level + 1
            yield Block(kind=BlockKind.LIST_ITEM, text=text, level=level, page=page)
        else:
            yield Block(kind=BlockKind.PARAGRAPH, text=text, page=page)


def _has_bullets_by_default(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.is_placeholder and shape.placeholder_format.type in {
        PP_PLACEHOLDER.BODY,
        PP_PLACEHOLDER.OBJECT,
    }


def _is_list_item(paragraph: Any, is_bulleted: bool) -> bool:
    properties = paragraph._p.pPr
    if properties is not None:
        if properties.find(f"{_A}buNone") is not None:
            return False
        if any(
            properties.find(f"{_A}{tag}") is not None for tag in ("buChar", "buAutoNum", "buBlip")
        ):
            return True
    return is_bulleted


def _table_blocks(table: Any, page: int) -> Iterator[Block]:
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    header_rows = int(bool(table.first_row) and len(rows) > 1)
    block = table_block(rows, header_rows=header_rows, page=page)
    if block is not None:
        yield block


def _chart_blocks(chart: Any, page: int) -> Iterator[Block]:
    """The numbers behind a chart as a table: a row a category, a column a series."""
    if chart.has_title and chart.chart_title.has_text_frame:
        text = chart.chart_title.text_frame.text
        if text.strip():
            yield Block(kind=BlockKind.PARAGRAPH, text=text, page=page)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(one.name or "" for one in series)]]
        for index, category in enumerate(plot.categories):
            values = [one.values[index] if index < len(one.values) else None for one in series]
            rows.append([str(category), *("" if v is None else f"{v:g}" for v in values)])
        block = table_block(rows, header_rows=int(len(rows) > 1), page=page)
        if block is not None:
            yield block
