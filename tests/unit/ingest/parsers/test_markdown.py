from __future__ import annotations

from pathlib import Path

import pytest

from ingest.parsers.contract import Block, NoTextFound, ParsedDocument
from tests.unit.ingest.parsers.support import (
    code,
    heading,
    item,
    paragraph,
    parse_bytes,
    table,
)


def _parse(folder: Path, text: str) -> ParsedDocument:
    return parse_bytes(folder, "page.md", text.encode())


def test_title_comes_from_the_front_matter(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, "---\ntitle: Leave policy\ntags: [hr]\n---\n# Leave\n\nText.\n")

    assert parsed.title == "Leave policy"
    assert parsed.blocks == (heading("Leave"), paragraph("Text."))


def test_title_of_front_matter_that_templates_broke_is_still_found(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, '---\ntitle: "Leave"\nlink: {{ site.url }}: x\n---\nText.\n')

    assert parsed.title == "Leave"
    assert parsed.blocks == (paragraph("Text."),)


def test_title_is_the_first_level_1_heading_without_front_matter(tmp_path: Path) -> None:
    assert _parse(tmp_path, "## Intro\n\n# Handbook\n\n# Other\n").title == "Handbook"


def test_a_rule_is_no_front_matter(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, "---\n\nJust text.\n\n---\n\nMore.\n")

    assert parsed.title is None
    assert parsed.blocks == (paragraph("Just text."), paragraph("More."))


def test_nested_lists_keep_their_depth_and_their_paragraphs(tmp_path: Path) -> None:
    text = "1. First\n   - Inner\n\n     goes on\n\n   After.\n2. Second\n"

    assert _parse(tmp_path, text).blocks == (
        item("First"),
        item("Inner\ngoes on", 2),
        item("After."),
        item("Second"),
    )


def test_tables_are_rows_with_their_header(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, "| Item | Price |\n|---|--:|\n| Tea \\| mint | 2 |\n| Milk | |\n")

    assert parsed.blocks == (table("Item | Price", "Tea | mint | 2", "Milk"),)


def test_html_tables_are_rows_too(tmp_path: Path) -> None:
    text = (
        "Before\n\n<table>\n<tr><th>City</th><th>Rate</th></tr>\n"
        "<tr><td rowspan=2>Rome</td><td>100</td></tr>\n<tr><td>90</td></tr>\n</table>\n"
    )

    assert _parse(tmp_path, text).blocks == (
        paragraph("Before"),
        table("City | Rate", "Rome | 100", "Rome | 90"),
    )


def test_code_keeps_its_shape(tmp_path: Path) -> None:
    parsed = _parse(tmp_path, "```python\nif x:\n    <b>y</b>\n\n    z\n```\n")

    assert parsed.blocks == (code("if x:\n    <b>y</b>\n\n    z\n"),)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Write to [us](mailto:hr@acme.test).", "Write to us (hr@acme.test)."),
        ("Write to [hr@acme.test](mailto:hr@acme.test).", "Write to hr@acme.test."),
        ("See [the form](https://acme.test/f).", "See the form."),
        ("Or <https://acme.test>.", "Or https://acme.test."),
        ('See [leave]({% page "/leave" %}) now.', "See leave now."),
        ('Ask in {% slack_channel "people-ops" %}!', 'Ask in {% slack_channel "people-ops" %}!'),
        ("A ![map of Rome](map.png) here", "A map of Rome here"),
        ("Some <b>bold</b> and <span class='x'>plain</span>", "Some bold and plain"),
        ("Put <your-name> here", "Put <your-name> here"),
        ("One  \ntwo\nthree", "One\ntwo three"),
        ("`a  <b>` &amp; ~~gone~~ *x*", "a <b> & gone x"),
    ],
)
def test_inline_markup_becomes_text(tmp_path: Path, source: str, text: str) -> None:
    assert _parse(tmp_path, source).blocks == (paragraph(text),)


def test_raw_html_blocks_become_their_text(tmp_path: Path) -> None:
    text = '<div class="note">\n\n### Note\n\nRead *this*.\n\n</div>\n\n<!-- not this -->\n'

    assert _parse(tmp_path, text).blocks == (heading("Note", 3), paragraph("Read this."))


def test_front_matter_alone_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoTextFound):
        _parse(tmp_path, "---\ntitle: Moved\n---\n")


def test_latin_1_is_recognised(tmp_path: Path) -> None:
    blocks: tuple[Block, ...] = parse_bytes(tmp_path, "a.md", "## können".encode("cp1252")).blocks

    assert blocks == (heading("können", 2),)
