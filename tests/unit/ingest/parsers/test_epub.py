from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest.parsers.contract import EncryptedDocument, ParseError
from tests.unit.ingest.parsers.support import heading, paragraph, parse_bytes

_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>"""
_PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Winter</dc:title></metadata>
<manifest><item id="b" href="two%20.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="style.css" media-type="text/css"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>"""


def _book(**more: str) -> bytes:
    members = {
        "META-INF/container.xml": _CONTAINER,
        "OEBPS/content.opf": _PACKAGE,
        "OEBPS/one.xhtml": "<html><body><h1>One</h1><p>Snow.</p></body></html>",
        "OEBPS/two .xhtml": "<html><body><h1>Two</h1><p>Größe.</p></body></html>",
    } | {name.replace("__", "/"): data for name, data in more.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_chapters_are_read_in_the_order_of_the_spine(tmp_path: Path) -> None:
    parsed = parse_bytes(tmp_path, "a.epub", _book())

    assert parsed.title == "Winter"
    assert parsed.blocks == (
        heading("One"),
        paragraph("Snow."),
        heading("Two"),
        paragraph("Größe."),
    )


def test_locked_books_are_reported(tmp_path: Path) -> None:
    locked = '<e xmlns="x"><CipherReference URI="OEBPS/one.xhtml"/></e>'

    with pytest.raises(EncryptedDocument):
        parse_bytes(tmp_path, "a.epub", _book(**{"META-INF__encryption.xml": locked}))


def test_a_missing_chapter_is_a_parse_error(tmp_path: Path) -> None:
    package = _PACKAGE.replace("one.xhtml", "none.xhtml")

    with pytest.raises(ParseError, match=r"not a whole \.epub"):
        parse_bytes(tmp_path, "a.epub", _book(**{"OEBPS__content.opf": package}))
