from __future__ import annotations

from pathlib import Path

import pytest

from ingest.parsers.contract import ParseError
from tests.unit.ingest.parsers.support import (
    code,
    heading,
    item,
    paragraph,
    parse_bytes,
    table,
)


def test_restructured_text_is_read_and_includes_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    text = (
        "Guide\n=====\n\n.. include:: secret.txt\n\n.. include:: /etc/hostname\n\nText.\n\n"
        "- one\n\n  - two\n\n::\n\n  x = 1\n\n"
        "===== =====\nName  Price\n===== =====\nTea   2\n===== =====\n"
    )

    parsed = parse_bytes(tmp_path, "a.rst", text.encode())

    assert parsed.title == "Guide"
    assert parsed.blocks == (
        heading("Guide"),
        paragraph("Text."),
        item("one"),
        item("two", 2),
        code("x = 1"),
        table("Name | Price", "Tea | 2"),
    )


def test_rich_text_is_read(tmp_path: Path) -> None:
    parsed = parse_bytes(tmp_path, "a.rtf", rb"{\rtf1\ansi Caf\'e9 {\b bold}.\par Two.\par}")

    assert parsed.blocks == (paragraph("Café bold."), paragraph("Two."))


@pytest.mark.parametrize(("name", "data"), [("a.rtf", b"plain"), ("a.odt", b"PK\x03\x04")])
def test_other_content_is_a_parse_error(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(ParseError):
        parse_bytes(tmp_path, name, data)
