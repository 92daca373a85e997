from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.parsers.contract import NoTextFound, ParseError
from tests.unit.ingest.parsers.support import heading, paragraph, parse, parse_bytes, table


def _workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


def test_sheets_are_pages_and_regions_are_tables(tmp_path: Path) -> None:
    _workbook(
        tmp_path / "a.xlsx",
        {
            "Prices": [
                ["Price list"],
                [],
                ["Item", "Price", "From"],
                ["Tea", 2.5, date(2024, 3, 1)],
                ["Oat", 1200, datetime.fromisoformat("2024-03-01T09:30")],
                [],
                ["Ask us."],
            ],
            "Empty": [],
            "Flags": [[None, "Name", "Open"], [None, "Rome", True], [None, "Oslo", False]],
        },
    )

    assert parse(tmp_path / "a.xlsx").blocks == (
        heading("Prices", page=1),
        paragraph("Price list", page=1),
        table(
            "Item | Price | From",
            "Tea | 2.5 | 2024-03-01",
            "Oat | 1200 | 2024-03-01 09:30",
            page=1,
        ),
        paragraph("Ask us.", page=1),
        heading("Flags", page=3),
        table("Name | Open", "Rome | TRUE", "Oslo | FALSE", page=3),
    )


def test_numbers_read_as_they_are_meant(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Share", "Sum", "Large", "Id"])
    sheet.append([0.125, 0.1 + 0.2, 1234567.5, 4.0])
    sheet["A2"].number_format = "0.0%"
    workbook.save(tmp_path / "a.xlsx")

    assert parse(tmp_path / "a.xlsx").blocks == (
        heading("Sheet", page=1),
        table("Share | Sum | Large | Id", "12.5% | 0.3 | 1234567.5 | 4", page=1),
    )


def test_column_names_over_several_rows_stay_with_their_numbers(tmp_path: Path) -> None:
    names: list[list[Any]] = [[None, "Sales", "Cost"], [None, "net", "net"]]
    rows = [*names, [], ["Rome", 10, 12], ["Oslo", 7, 8]]
    _workbook(tmp_path / "a.xlsx", {"S": rows})

    assert parse(tmp_path / "a.xlsx").blocks == (
        heading("S", page=1),
        table(
            "| Sales | Cost", "| net | net", "Rome | 10 | 12", "Oslo | 7 | 8", header_rows=2, page=1
        ),
    )


def test_an_empty_workbook_has_no_text(tmp_path: Path) -> None:
    _workbook(tmp_path / "a.xlsx", {"A": [], "B": []})

    with pytest.raises(NoTextFound):
        parse(tmp_path / "a.xlsx")


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)])
def test_damaged_files_are_parse_errors(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ParseError, match="not a whole"):
        parse_bytes(tmp_path, "a.xls", data)
