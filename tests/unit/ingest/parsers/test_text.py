from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest

from ingest.parsers.contract import NoTextFound, ParseError
from ingest.parsers.encoding import decode
from tests.unit.ingest.parsers.support import item, paragraph, parse_bytes

GERMAN = "Größere Änderungen müssen früh geprüft werden."
POLISH = "Zażółć gęślą jaźń. Polska jest piękna, a wiosna będzie ciepła i słoneczna."
RUSSIAN = "Привет, это обычный русский текст о погоде и о природе."
JAPANESE = "日本語のテキストです。これは普通の文章です。"


def test_blank_lines_part_paragraphs_and_line_breaks_stay(tmp_path: Path) -> None:
    parsed = parse_bytes(tmp_path, "a.txt", b"One\r\ntwo\r\n \r\n\r\nThree\n")

    assert parsed.title is None
    assert parsed.blocks == (paragraph("One\ntwo"), paragraph("Three\n"))


def test_a_paragraph_of_bullets_is_a_list(tmp_path: Path) -> None:
    parsed = parse_bytes(tmp_path, "a.txt", b"Rules:\n\n- be kind\n- be on time\n")

    assert parsed.blocks == (paragraph("Rules:"), item("be kind"), item("be on time"))


@pytest.mark.parametrize("data", [b"", b" \n\n\t\n"])
def test_nothing_but_blanks_is_no_text(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NoTextFound):
        parse_bytes(tmp_path, "a.txt", data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (GERMAN.encode(), GERMAN),
        (codecs.BOM_UTF8 + GERMAN.encode(), GERMAN),
        (GERMAN.encode("utf-16"), GERMAN),
        (GERMAN.encode("utf-16-be"), GERMAN),
        (GERMAN.encode("cp1252"), GERMAN),
        ("It costs €5 — “net”.".encode("cp1252"), "It costs €5 — “net”."),
        (POLISH.encode("cp1250"), POLISH),
        (RUSSIAN.encode("cp1251"), RUSSIAN),
        (JAPANESE.encode("shift_jis"), JAPANESE),
    ],
)
def test_encodings_that_are_certain_are_decoded(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_utf8_declared_as_latin_1_is_utf8() -> None:
    assert decode(GERMAN.encode(), declared="iso-8859-1") == GERMAN


def test_a_declared_charset_counts_where_utf8_fails() -> None:
    assert decode("šťěřž".encode("cp1250"), declared="cp1250") == "šťěřž"


@pytest.mark.parametrize(
    "data",
    [
        b"Valid text \xff\xfe and more",
        b"plain words and a broken \xe2\x82 euro",
        "Größe, Höhe, Übung".encode() + b" caf\xc3 \xa9",
        b"caf\xc3 und \xa9x",
        GERMAN.encode("utf-16") + b"\x00",
        codecs.BOM_UTF8 + b"\xff",
    ],
)
def test_invalid_text_is_refused_with_the_place(data: bytes) -> None:
    with pytest.raises(ParseError, match="not valid UTF") as caught:
        decode(data)

    assert "UTF-8" in caught.value.detail
    assert isinstance(caught.value.data["offset"], int)


def test_binary_content_is_refused() -> None:
    noise = random.Random(7).randbytes(4_000)

    with pytest.raises(ParseError, match="binary"):
        decode(noise)
    with pytest.raises(ParseError, match="binary"):
        decode(b"%PDF-1.7\n\x00\x01\x02\x03 " + b"text " * 50)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("separator", ["\n\n", " "])
def test_three_megabytes_are_read_whole(tmp_path: Path, encoding: str, separator: str) -> None:
    data = separator.join([GERMAN] * 65_000).encode(encoding)

    parsed = parse_bytes(tmp_path, "big.txt", data)

    assert sum(len(block.text) for block in parsed.blocks) > 2_900_000
