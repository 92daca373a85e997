from __future__ import annotations

from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ingest.parsers.contract import NoTextFound, ParseError
from tests.unit.ingest.parsers.support import (
    heading,
    item,
    paragraph,
    parse,
    parse_bytes,
    table,
)


def _text_box(shapes: Any, text: str, *, top: float) -> None:
    box = shapes.add_textbox(Inches(1), Inches(top), Inches(4), Inches(0.5))
    box.text_frame.text = text


def test_slides_are_pages_with_their_title_as_heading(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Roadmap"
    frame = slide.placeholders[1].text_frame
    frame.text = "Ship it"
    inner = frame.add_paragraph()
    inner.text, inner.level = "in May", 1
    slide.notes_slide.notes_text_frame.text = "Do not promise."
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Costs"
    _text_box(slide.shapes, "below", top=5)
    _text_box(slide.shapes, "above", top=2)
    grid = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    for row, cells in zip(grid.rows, (("Kind", "Cost"), ("Train", "98")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    deck.save(str(tmp_path / "a.pptx"))

    parsed = parse(tmp_path / "a.pptx")

    assert parsed.title == "Roadmap"
    assert parsed.blocks == (
        heading("Roadmap", page=1),
        item("Ship it", page=1),
        item("in May", 2, page=1),
        paragraph("Notes: Do not promise.", page=1),
        heading("Costs", page=2),
        paragraph("above", page=2),
        table("Kind | Cost", "Train | 98", page=2),
        paragraph("below", page=2),
    )


def test_groups_and_charts_are_read(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    deck.core_properties.title = "Sales 2024"
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    _text_box(shapes.add_group_shape().shapes, "grouped", top=1)
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]  # Published half typed.
    data.categories = ["Q1", "Q2"]
    data.add_series("North", (1.5, None))
    data.add_series("South", (2, 3))
    size = Inches(1), Inches(3), Inches(4), Inches(3)
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *size, data)
    deck.save(str(tmp_path / "a.pptx"))

    parsed = parse(tmp_path / "a.pptx")

    assert parsed.title == "Sales 2024"
    assert parsed.blocks == (
        paragraph("grouped", page=1),
        table("| North | South", "Q1 | 1.5 | 2", "Q2 | | 3", page=1),
    )


def test_pictures_alone_are_no_text(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(str(tmp_path / "a.pptx"))

    with pytest.raises(NoTextFound):
        parse(tmp_path / "a.pptx")


def test_damaged_files_are_parse_errors(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"not a whole \.pptx"):
        parse_bytes(tmp_path, "a.pptx", b"PK\x03\x04")
