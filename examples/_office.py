"""Write Word, PowerPoint and Excel files with fixed dates."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from _blocks import Block
from docx import Document
from openpyxl import Workbook
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Inches

FIXED = datetime(2026, 5, 4, 9, 0, 0)  # noqa: DTZ001 (the libraries refuse a time zone)
AUTHOR = "Fernhollow Instruments"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def save(document: Any, target: Path) -> None:
    """Save an Office file whose bytes do not depend on the clock."""
    buffer = BytesIO()
    document.save(buffer)
    stamp = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", data)
            info = zipfile.ZipInfo(name, FIXED.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(info, data)


def _stamp(properties: Any, title: str) -> None:
    properties.title = title
    properties.created = properties.modified = FIXED


def write_docx(blocks: list[Block], target: Path) -> None:
    """Headings, lists and tables with Word's own styles; the first heading is the title."""
    document = Document()
    _stamp(document.core_properties, blocks[0].text)
    document.core_properties.author = AUTHOR
    styles = {"bullet": "List Bullet", "number": "List Number"}
    for block in blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level - 1)
        elif block.kind == "table":
            _docx_table(document, block.rows)
        else:
            document.add_paragraph(block.text, style=styles.get(block.kind))
    save(document, target)


def _docx_table(document: Any, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True


def write_pptx(blocks: list[Block], target: Path) -> None:
    """One slide per heading; a note (`>`) becomes the speaker's notes."""
    deck = Presentation()
    _stamp(deck.core_properties, blocks[0].text)
    deck.core_properties.author = AUTHOR
    slide: Any = None
    for block in blocks:
        if block.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[0 if block.level == 1 else 1])
            slide.shapes.title.text = block.text
        elif block.kind == "note":
            slide.notes_slide.notes_text_frame.text = block.text
        elif block.kind == "table":
            _pptx_table(slide, block.rows)
        else:
            _add_line(slide.placeholders[1].text_frame, block.text)
    save(deck, target)


def _add_line(frame: Any, text: str) -> None:
    paragraph = frame.add_paragraph() if frame.text else frame.paragraphs[0]
    paragraph.text = text


def _pptx_table(slide: Any, rows: list[list[str]]) -> None:
    body = slide.placeholders[1]
    body.element.getparent().remove(body.element)
    frame = slide.shapes.add_table(
        len(rows), len(rows[0]), Inches(0.7), Inches(1.8), Inches(8.6), Inches(0.5 * len(rows))
    )
    for row_index, row in enumerate(rows):
        for column, text in enumerate(row):
            frame.table.cell(row_index, column).text = text


def write_xlsx(blocks: list[Block], target: Path) -> None:
    """One sheet per heading, with its table; numbers are stored as numbers."""
    book = Workbook()
    book.properties.creator = AUTHOR
    book.properties.created = FIXED
    book.remove(book.worksheets[0])
    sheet: Any = None
    for block in blocks:
        if block.kind == "heading":
            sheet = book.create_sheet(block.text)
            sheet.freeze_panes = "A2"
        elif block.kind == "table":
            _fill_sheet(sheet, block.rows)
    save(book, target)


def _fill_sheet(sheet: Any, rows: list[list[str]]) -> None:
    for row in rows:
        sheet.append([_cell_value(text) for text in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in sheet.columns:
        width = max(len(str(cell.value)) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = width + 2


def _cell_value(text: str) -> str | int | float:
    if re.fullmatch(r"\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"\d+\.\d+", text) else text
