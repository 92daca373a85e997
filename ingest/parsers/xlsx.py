"""Excel workbooks, by openpyxl (.xlsx) and xlrd (.xls): a sheet is a page with its name as heading.

Not unstructured's `partition_xlsx`: it loses number formats and dates' shape, and puts a table's
cells on one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

from ingest.parsers.contract import (
    Block,
    BlockKind,
    EncryptedDocument,
    ParsedDocument,
    parsed_or_no_text,
)
from ingest.parsers.tables import grid_blocks, is_number
from ingest.parsers.titles import sensible_title
from ingest.parsers.zips import check_zip, damaged, reporting_damage

_OLE_MAGIC = b"\xd0\xcf\x11\xe0"


class XlsxParser:
    """Regions parted by empty rows become tables of their own. Formulas give their last values."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".xlsx", ".xlsm", ".xltx", ".xls"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.ms-excel",
        }
    )

    def parse(self, path: Path) -> ParsedDocument:
        with path.open("rb") as file:
            is_old = file.read(4) == _OLE_MAGIC
        return _parse_xls(path) if is_old else _parse_xlsx(path)


def _parse_xlsx(path: Path) -> ParsedDocument:
    check_zip(path, saved_as=".xlsx")
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    blocks: list[Block] = []
    try:
        with reporting_damage(".xlsx"), path.open("rb") as file:
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for page, sheet in enumerate(workbook.worksheets, start=1):
                # The stated dimensions may be wrong, and are padded to otherwise.
                sheet.reset_dimensions()
                rows = ([_cell_text(cell) for cell in row] for row in sheet.iter_rows())
                blocks.extend(_sheet_blocks(sheet.title, rows, page))
            title = sensible_title(workbook.properties.title)
    except InvalidFileException as error:
        raise damaged(".xlsx") from error
    return parsed_or_no_text(title, blocks)


def _parse_xls(path: Path) -> ParsedDocument:
    import xlrd  # type: ignore[import-untyped]  # Published without types.
    from xlrd.compdoc import CompDocError  # type: ignore[import-untyped]  # The same.

    blocks: list[Block] = []
    try:
        with reporting_damage(".xls"):
            workbook = xlrd.open_workbook(file_contents=path.read_bytes(), logfile=_Quiet())
            for page, sheet in enumerate(workbook.sheets(), start=1):
                rows = (
                    [_xls_text(cell, workbook.datemode) for cell in sheet.row(index)]
                    for index in range(sheet.nrows)
                )
                blocks.extend(_sheet_blocks(sheet.name, rows, page))
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise EncryptedDocument("The workbook is protected by a password.") from error
        raise damaged(".xls") from error
    except CompDocError as error:
        raise damaged(".xls") from error
    return parsed_or_no_text(None, blocks)


class _Quiet:
    """xlrd writes its warnings to stdout."""

    def write(self, text: str) -> int:
        return len(text)


def _sheet_blocks(name: str, rows: Iterator[list[str]], page: int) -> Iterator[Block]:
    blocks = [block for region in _regions(rows) for block in grid_blocks(region, page=page)]
    if blocks:
        yield Block(kind=BlockKind.HEADING, text=name, level=1, page=page)
        yield from blocks


def _regions(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """Runs of rows that are not empty. Column names parted from their numbers by an empty row
    stay with them.
    """
    region: list[list[str]] = []
    is_parted = False
    for row in rows:
        if not any(row):
            is_parted = bool(region)
            continue
        if is_parted and not (_is_header(region) and any(map(is_number, row))):
            yield region
            region = []
        is_parted = False
        region.append(row)
    if region:
        yield region


def _is_header(region: Sequence[Sequence[str]]) -> bool:
    has_names = sum(bool(cell) for cell in region[-1]) > 1
    return has_names and not any(is_number(cell) for row in region for cell in row)


def _cell_text(cell: Any) -> str:
    return _value_text(cell.value, cell.number_format if cell.value is not None else "")


def _value_text(value: object, number_format: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        is_date = value.time() == time.min
        return value.date().isoformat() if is_date else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time | timedelta):
        return str(value)
    if isinstance(value, int | float):
        return _number_text(value, number_format or "")
    return " ".join(str(value).split())


def _number_text(value: int | float, number_format: str) -> str:
    first_section = number_format.partition(";")[0]
    if "%" in first_section:
        return f"{value * 100:.10g}%"
    # Excel keeps 15 digits; two fewer hide the noise of binary fractions (0.1 + 0.2).
    text = f"{value:.13g}" if isinstance(value, float) else str(value)
    return text if "e" not in text else repr(value)


def _xls_text(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _value_text(xlrd.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError):
            return _value_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _value_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    return _value_text(cell.value)
