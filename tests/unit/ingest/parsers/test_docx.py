from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ingest.parsers.contract import (
    DocumentTooLarge,
    EncryptedDocument,
    NoTextFound,
    ParseError,
    UnsupportedFormat,
)
from tests.unit.ingest.parsers.support import (
    heading,
    item,
    paragraph,
    parse,
    parse_bytes,
    table,
)


def _append(document: Any, xml: str) -> None:
    body = document.element.body
    body.insert(len(body) - 1, parse_xml(xml))


def test_structure_follows_the_styles(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "ignored.docx"
    document.add_paragraph("Travel policy", style="Title")
    document.add_heading("Scope", level=1)
    document.add_paragraph("Everybody.\nAlways.")
    document.add_heading("Trains", level=2)
    document.add_paragraph("First class", style="List Bullet")
    document.add_paragraph("Quiet car", style="List Bullet 2")
    document.add_paragraph("Sign", style="List Number")
    document.add_paragraph("• typed by hand")
    document.save(str(tmp_path / "a.docx"))

    parsed = parse(tmp_path / "a.docx")

    assert parsed.title == "Travel policy"
    assert parsed.blocks == (
        heading("Travel policy"),
        heading("Scope"),
        paragraph("Everybody.\nAlways."),
        heading("Trains", 2),
        item("First class"),
        item("Quiet car", 2),
        item("Sign"),
        item("typed by hand"),
    )


def test_tables_repeat_merged_cells_and_know_their_header(tmp_path: Path) -> None:
    document = docx.Document()
    grid = document.add_table(rows=3, cols=3)
    for row, cells in zip(grid.rows, ("abc", "def", "ghi"), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    grid.cell(1, 0).merge(grid.cell(2, 0)).text = "both"
    grid.cell(0, 1).merge(grid.cell(0, 2)).text = "wide"
    document.save(str(tmp_path / "a.docx"))

    assert parse(tmp_path / "a.docx").blocks == (table("a | wide", "both | e | f", "both | h | i"),)


def test_a_frame_of_one_column_is_read_as_text(tmp_path: Path) -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.text = "Note"
    cell.add_paragraph("Read this.")
    document.save(str(tmp_path / "a.docx"))

    assert parse(tmp_path / "a.docx").blocks == (paragraph("Note"), paragraph("Read this."))


def test_only_what_the_reader_sees_is_read(tmp_path: Path) -> None:
    document = docx.Document()
    runs = (
        "<w:r><w:t>Kept</w:t></w:r>"
        "<w:del w:id='1' w:author='x'><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='x'><w:r><w:t xml:space='preserve'> and new</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    )
    _append(document, f"<w:p {nsdecls('w')}>{runs}</w:p>")
    control = "<w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent>"
    _append(document, f"<w:sdt {nsdecls('w')}>{control}</w:sdt>")
    document.save(str(tmp_path / "a.docx"))

    assert parse(tmp_path / "a.docx").blocks == (
        paragraph("Kept and new"),
        paragraph("In a control"),
    )


def test_addresses_behind_links_are_kept(tmp_path: Path) -> None:
    document = docx.Document()
    line = document.add_paragraph("Ask ")
    relation = document.part.relate_to(
        "mailto:hr@acme.test?subject=x", RELATIONSHIP_TYPE.HYPERLINK, is_external=True
    )
    link = parse_xml(f"<w:hyperlink {nsdecls('w')}><w:r><w:t>HR</w:t></w:r></w:hyperlink>")
    link.set(qn("r:id"), relation)
    line._p.append(link)
    document.save(str(tmp_path / "a.docx"))

    assert parse(tmp_path / "a.docx").blocks == (paragraph("Ask HR (hr@acme.test)"),)


def test_pages_are_those_that_word_recorded(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("One")
    line = document.add_paragraph()
    line.add_run().add_break(WD_BREAK.PAGE)
    line._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:lastRenderedPageBreak/><w:t>Two</w:t></w:r>"))
    document.add_paragraph("Also two")
    document.save(str(tmp_path / "a.docx"))

    assert parse(tmp_path / "a.docx").blocks == (
        paragraph("One", page=1),
        paragraph("Two", page=2),
        paragraph("Also two", page=2),
    )


def test_an_empty_document_has_no_text(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))

    with pytest.raises(NoTextFound):
        parse(tmp_path / "a.docx")


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = _zip({"word/document.xml": bytes(60_000_000)})

    with pytest.raises(DocumentTooLarge, match="zip bombs") as caught:
        parse_bytes(tmp_path, "a.docx", bomb)
    assert caught.value.data == {"unpacked_bytes": 60_000_000, "packed_bytes": len(bomb)}


def test_a_large_archive_is_refused_by_its_stated_size(tmp_path: Path) -> None:
    data = bytearray(_zip({"word/document.xml": b"x"}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (3_000_000_000).to_bytes(4, "little")

    with pytest.raises(DocumentTooLarge, match="3,000,000,000 bytes"):
        parse_bytes(tmp_path, "a.docx", bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 cut short",
        b"plain text",
        _zip({"mimetype": b"application/epub+zip"}),
        _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w"}),
    ],
)
def test_damaged_files_are_parse_errors(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"not a whole \.docx"):
        parse_bytes(tmp_path, "a.docx", data)


def test_old_and_encrypted_office_files_are_told_apart(tmp_path: Path) -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

    with pytest.raises(UnsupportedFormat, match=r"save it as \.docx"):
        parse_bytes(tmp_path, "a.docx", magic + bytes(600))
    with pytest.raises(EncryptedDocument):
        parse_bytes(tmp_path, "a.docx", magic + "EncryptedPackage".encode("utf-16-le"))
