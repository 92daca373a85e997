"""Damaged files end as text or as a ParseError, never as another exception or a crash."""

from __future__ import annotations

import contextlib
import io
import json
import random
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.normalise import normalise
from ingest.parsers.contract import ParseError
from tests.unit.ingest.parsers import outlook
from tests.unit.ingest.parsers.outlook import outlook_message
from tests.unit.ingest.parsers.support import parse_bytes

_CASES = 60


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("Title", level=1)
    document.add_paragraph("Item", style="List Bullet")
    document.add_table(rows=2, cols=2).cell(1, 1).text = "cell"
    return _saved(document)


def _pptx() -> bytes:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "Title"
    return _saved(deck)


def _xlsx() -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Name", 1, 2.5])
    return _saved(workbook)


def _pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0)
    for line in range(8):
        canvas.drawString(72, 700 - 14 * line, f"Line {line} of a text that has some words.")
    canvas.save()
    return buffer.getvalue()


def _eml() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Grüße", "a@b.test", "Ö <c@d.test>"
    message.set_content("Größe\n")
    message.add_alternative("<p>Größe</p>", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="ö.png")
    return message.as_bytes()


def _msg() -> bytes:
    return outlook_message(
        {outlook.SUBJECT: "Grüße", outlook.HEADERS: "From: ä\r\n\r\n", outlook.BODY: "Größe"},
        recipients=[{outlook.NAME: "Ö", outlook.EMAIL: "c@d.test"}],
        attachments=[{outlook.FILE_NAME: "ö.png"}],
    )


def _saved(
    document: docx.document.Document | pptx.presentation.Presentation | openpyxl.Workbook,
) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@lru_cache
def samples() -> dict[str, bytes]:
    html = "<html><head><title>T</title></head><body><h1>A</h1><ul><li>b<ul><li>c</ul></ul>"
    return {
        "a.docx": _docx(),
        "a.pptx": _pptx(),
        "a.xlsx": _xlsx(),
        "a.pdf": _pdf(),
        "a.eml": _eml(),
        "a.msg": _msg(),
        "a.html": (html + "<table><tr><th rowspan=2>x<td>y</table>").encode(),
        "a.md": b"---\ntitle: x\n---\n# A\n\n- b\n  - c\n\n|a|b|\n|-|-|\n|c|d|\n\n<b>x</b> [l](u)",
        "a.csv": b'a,b\n1,"2\n3"\n',
        "a.json": json.dumps({"a": [1, {"b": "c"}], "d": "ä"}).encode(),
        "a.xml": b"<a><b c='d'>e</b><f>g<h/>i</f></a>",
        "a.txt": "Größe\n\nund mehr".encode(),
    }


def _mutated(data: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        at = chance.randrange(len(mutated))
        match chance.randrange(4):
            case 0:
                mutated[at] = chance.randrange(256)
            case 1:
                del mutated[at : at + chance.randrange(1, 40)]
            case 2:
                mutated[at:at] = chance.randbytes(chance.randrange(1, 20))
            case _:
                mutated[at:at] = mutated[at : at + chance.randrange(1, 40)]
        if not mutated:
            return b"\x00"
    return bytes(mutated)


@pytest.mark.parametrize("name", sorted(samples()))
@pytest.mark.filterwarnings(
    "ignore::UserWarning", "ignore::DeprecationWarning"
)  # Of the libraries.
def test_mutated_bytes_never_crash_a_parser(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    for _ in range(_CASES):
        with contextlib.suppress(ParseError):
            normalise(parse_bytes(tmp_path, name, _mutated(samples()[name], chance)))


@pytest.mark.parametrize("name", sorted(samples()))
def test_unmutatedsamples_are_read(name: str, tmp_path: Path) -> None:
    assert parse_bytes(tmp_path, name, samples()[name]).blocks
