from __future__ import annotations

from pathlib import Path

import pytest

from ingest.parsers.contract import NoTextFound, ParsedDocument, ParseError
from tests.unit.ingest.parsers.support import (
    code,
    heading,
    item,
    paragraph,
    parse_bytes,
    table,
)


def _parse(folder: Path, text: str) -> ParsedDocument:
    return parse_bytes(folder, "page.html", text.encode())


def test_a_page_keeps_its_structure_and_loses_its_chrome(tmp_path: Path) -> None:
    parsed = _parse(
        tmp_path,
        """<!doctype html><html><head><title> Travel  rules </title><style>p {}</style></head><body>
        <nav><a href="/">Home</a></nav><script>alert(1)</script>
        <h1>Travel</h1><p>Book <b>early</b>,<br>please.</p>
        <h2>Rates</h2><ul><li>Rome<ul><li>Hotel</li></ul></li><li><p>Oslo</p></li></ul>
        <pre>a
          b</pre><p style="display: none">secret</p><p hidden>hidden</p>
        <p>Ask <a href="mailto:travel@acme.test?subject=x">the desk</a>.</p></body></html>""",
    )

    assert parsed.title == "Travel  rules"
    assert parsed.blocks == (
        heading("Travel"),
        paragraph("Book early,\nplease."),
        heading("Rates", 2),
        item("Rome"),
        item("Hotel", 2),
        item("Oslo"),
        code("a\n          b"),
        paragraph("Ask the desk (travel@acme.test)."),
    )


def test_a_table_gives_rows_that_can_be_read_alone(tmp_path: Path) -> None:
    parsed = _parse(
        tmp_path,
        """<table><caption>Fees</caption><thead><tr><th>Kind<th>2023<th>2024</tr></thead>
        <tr><td rowspan=2>Fee<td>1<td></td><td>5</td></tr><tr><td>3<td><td>4</tr>
        <tr><td colspan=4></table>""",
    )

    assert parsed.blocks == (
        paragraph("Fees"),
        table("Kind | 2023 | 2024", "Fee | 1 | | 5", "Fee | 3 | | 4"),
    )


def test_a_table_that_lays_out_the_page_is_read_as_text(tmp_path: Path) -> None:
    parsed = _parse(
        tmp_path,
        "<table><tr><td><h1>News</h1><table><tr><td>A<td>B<tr><td>c<td>1</table></td></tr></table>"
        "<table><tr><td>First<br><br>Second</td></tr></table>",
    )

    assert parsed.blocks == (
        heading("News"),
        table("A | B", "c | 1"),
        paragraph("First"),
        paragraph("Second"),
    )


def test_only_the_main_part_is_read_where_the_page_marks_it(tmp_path: Path) -> None:
    text = "The main text. " * 20
    parsed = _parse(tmp_path, f"<header>Acme</header><main><p>{text}</p></main><footer>©</footer>")

    assert parsed.blocks == (paragraph(text.strip()),)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1250">', "cp1250"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-2">', "iso-8859-2"),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        ('<meta charset="iso-8859-1">', "utf-8"),
        ("", "utf-16"),
    ],
)
def test_the_declared_charset_is_honoured(tmp_path: Path, head: str, encoding: str) -> None:
    data = f"{head}<p>Žluťoučký kůň</p>".encode(encoding)

    assert parse_bytes(tmp_path, "a.html", data).blocks == (paragraph("Žluťoučký kůň"),)


def test_a_page_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTextFound):
        _parse(tmp_path, "<html><body><img src=x><script>1</script></body></html>")


def test_very_deep_nesting_is_read(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, "<div>" * 1_500 + "deep" + "</div>" * 1_500)

    assert [block.text for block in parsed.blocks] == ["deep"]


def test_nesting_that_would_lose_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="too deeply"):
        _parse(tmp_path, "<p>read</p>" + "<div>" * 5_000 + "lost")
