"""Write PDF (with and without a text layer) and EPUB files."""

from __future__ import annotations

import random
import zipfile
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from _blocks import Block, to_html
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

STYLES = getSampleStyleSheet()
GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
SCAN_SIZE = (1240, 1754)  # A4 at 150 dots per inch.
SCAN_TEXT_PX = 32


def write_pdf(blocks: list[Block], target: Path) -> None:
    """A PDF with a text layer, a running footer and page numbers."""
    document = SimpleDocTemplate(
        str(target), pagesize=A4, title=blocks[0].text, author="Fernhollow Instruments", invariant=1
    )
    flow: list[Any] = []
    number = 0
    for block in blocks:
        number = number + 1 if block.kind == "number" else 0
        flow += [_flowable(block, number), Spacer(1, 5)]
    document.build(flow, onFirstPage=_footer, onLaterPages=_footer)


def _flowable(block: Block, number: int) -> Any:
    text = escape(block.text, quote=False)
    if block.kind == "heading":
        return Paragraph(text, STYLES["Title" if block.level == 1 else "Heading2"])
    if block.kind == "table":
        body = STYLES["BodyText"]
        rows = [[Paragraph(escape(cell), body) for cell in row] for row in block.rows]
        return Table(rows, style=GRID, repeatRows=1, hAlign="LEFT")
    mark = {"bullet": "•", "number": f"{number}."}.get(block.kind)
    return Paragraph(text, STYLES["BodyText"], bulletText=mark)


def _footer(canvas: Canvas, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 36, f"Fernhollow Instruments · {document.title}")
    canvas.drawRightString(A4[0] - 72, 36, f"Page {document.page}")


def write_scan(blocks: list[Block], target: Path) -> None:
    """A PDF of one slightly turned, speckled page image: nothing in it can be selected."""
    page = Image.new("L", SCAN_SIZE, 250)
    draw = ImageDraw.Draw(page)
    y = 180
    for block in blocks:
        for row in block.rows or [[block.text]]:
            scale = 2 if block.kind == "heading" else 1
            font = ImageFont.load_default(size=SCAN_TEXT_PX * scale)
            for column, text in enumerate(row):
                draw.text((140 + 240 * column, y), text, fill=30, font=font)
            y += SCAN_TEXT_PX * scale + 28
    _speckle(page)
    page = page.rotate(0.6, fillcolor=250, resample=Image.Resampling.BICUBIC)
    _image_pdf(page, target)


def _speckle(page: Image.Image) -> None:
    dust = random.Random(2026)  # noqa: S311 (dust on a picture, not a secret)
    for _ in range(400):
        spot = dust.randrange(page.width), dust.randrange(page.height)
        page.putpixel(spot, dust.randrange(90, 200))


def _image_pdf(page: Image.Image, target: Path) -> None:
    picture = BytesIO()
    page.save(picture, "JPEG", quality=45)
    picture.seek(0)
    canvas = Canvas(str(target), pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.save()


_XHTML = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en">
<head><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""
_CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">fernhollow-{slug}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en</dc:language>
<dc:creator>Fernhollow Instruments</dc:creator>
<meta property="dcterms:modified">2026-05-04T09:00:00Z</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
{items}
</manifest>
<spine>
{refs}
</spine>
</package>
"""


def write_epub(blocks: list[Block], target: Path) -> None:
    """An EPUB 3 book with one chapter per second-level heading."""
    title, chapters = blocks[0].text, _chapters(blocks[1:])
    names = [f"chapter-{index}" for index in range(1, len(chapters) + 1)]
    items = [
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in names
    ]
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "book.opf": _PACKAGE.format(
            slug=target.stem,
            title=escape(title),
            items="\n".join(items),
            refs="\n".join(f'<itemref idref="{name}"/>' for name in names),
        ),
        "nav.xhtml": _navigation(title, names, chapters),
    }
    for name, chapter in zip(names, chapters, strict=True):
        body = to_html(chapter)
        files[f"{name}.xhtml"] = _XHTML.format(title=escape(chapter[0].text), body=body)
    _write_zip(files, target)


def _chapters(blocks: list[Block]) -> list[list[Block]]:
    chapters: list[list[Block]] = []
    for block in blocks:
        if block.kind == "heading" and block.level == 2:
            chapters.append([])
        chapters[-1].append(block)
    return chapters


def _navigation(title: str, names: list[str], chapters: list[list[Block]]) -> str:
    links = "\n".join(
        f'<li><a href="{name}.xhtml">{escape(chapter[0].text)}</a></li>'
        for name, chapter in zip(names, chapters, strict=True)
    )
    body = f'<nav epub:type="toc"><h1>{escape(title)}</h1>\n<ol>\n{links}\n</ol></nav>'
    return _XHTML.format(title=escape(title), body=body)


def _write_zip(files: dict[str, str], target: Path) -> None:
    """`mimetype` comes first and uncompressed, as the EPUB container format asks."""
    with zipfile.ZipFile(target, "w") as book:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, (2026, 5, 4, 9, 0, 0))
            stored = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            book.writestr(info, text)
