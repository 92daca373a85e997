"""CSV, JSON and XML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.parsers.contract import Block, BlockKind, NoTextFound, ParseError
from tests.unit.ingest.parsers.support import heading, paragraph, parse_bytes, table


@pytest.mark.parametrize(
    ("data", "blocks"),
    [
        ('Item,Price\nTea,"2,50"\n"a\nb",3\n', (table("Item | Price", "Tea | 2,50", "a b | 3"),)),
        (
            "Item;Price\nTea;2,50\nMilk;1,20\n",
            (table("Item | Price", "Tea | 2,50", "Milk | 1,20"),),
        ),
        ("a\tb\n1\t2\n", (table("a | b", "1 | 2"),)),
        ("a|b\n1|2\n", (table("a | b", "1 | 2"),)),
        ("1,2\n3,4\n", (table("1 | 2", "3 | 4", header_rows=0),)),
        (
            "Cups\nTeam,Cups\nBlues,1\nFlyers,2\n",
            (paragraph("Cups"), table("Team | Cups", "Blues | 1", "Flyers | 2")),
        ),
        ("first line\nsecond line\n", (paragraph("first line"), paragraph("second line"))),
    ],
)
def test_csv_finds_its_delimiter_and_header(
    tmp_path: Path, data: str, blocks: tuple[Block, ...]
) -> None:
    assert parse_bytes(tmp_path, "a.csv", data.encode()).blocks == blocks
    assert parse_bytes(tmp_path, "b.csv", data.encode("utf-16")).blocks == blocks


def test_json_objects_read_as_paths_and_values(tmp_path: Path) -> None:
    value = {
        "title": "Prices",
        "open": True,
        "none": None,
        "tags": ["tea", "milk"],
        "items": [
            {"sku": "A", "price": {"net": 1.5, "tax": 0}},
            {"sku": "B", "parts": [{"x": 1}, {"x": 2}]},
        ],
        "owner": {"name": "Ana", "mail": "ana@acme.test"},
    }

    parsed = parse_bytes(tmp_path, "a.json", json.dumps(value).encode())

    assert parsed.title == "Prices"
    assert parsed.blocks == (
        paragraph("title: Prices\nopen: true"),
        paragraph("tags: tea, milk"),
        heading("items"),
        paragraph("sku: A\nprice.net: 1.5\nprice.tax: 0"),
        paragraph("sku: B\nparts.x: 1\nparts.x: 2"),
        heading("owner"),
        paragraph("name: Ana\nmail: ana@acme.test"),
    )


@pytest.mark.parametrize(
    "data", [b'[{"a": 1}, {"a": 2}]', b'{"a": 1}\n{"a": 2}\n', b'\xef\xbb\xbf[{"a":1},{"a":2}]']
)
def test_each_record_of_a_list_is_a_paragraph(tmp_path: Path, data: bytes) -> None:
    blocks = (paragraph("a: 1"), paragraph("a: 2"))

    assert parse_bytes(tmp_path, "a.json", data).blocks == blocks


def test_invalid_json_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"line 2, column 7") as caught:
        parse_bytes(tmp_path, "a.json", b'{"a": 1,\n "b": x}')
    assert caught.value.data == {"line": 2, "column": 7}


@pytest.mark.parametrize("data", [b"[" * 100_000, b"1" * 10_000])
def test_json_beyond_limits_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ParseError):
        parse_bytes(tmp_path, "a.json", data)


def test_empty_json_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoTextFound):
        parse_bytes(tmp_path, "a.json", b'{"a": [], "b": null}')


def test_xml_reads_as_paths_and_values(tmp_path: Path) -> None:
    data = (
        '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        '<f><country code="us"><name>United States</name><city>Rome &amp; <b>Oslo</b></city>'
        "</country><country><name>France</name></country><x>&e;</x></f>"
    )

    assert parse_bytes(tmp_path, "a.xml", data.encode("utf-16")).blocks == (
        paragraph("country.code: us\ncountry.name: United States\ncountry.city: Rome & Oslo"),
        paragraph("country.name: France"),
        paragraph("x: &e;"),
    )


def test_malformed_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="well-formed"):
        parse_bytes(tmp_path, "a.xml", b"<a><b></a>")


def test_table_blocks_count_header_rows_that_are_kept(tmp_path: Path) -> None:
    (block,) = parse_bytes(tmp_path, "a.csv", b"Name,2023,2024\nRome,10,12\n").blocks

    assert block.kind is BlockKind.TABLE
    assert block.header_rows == 1
