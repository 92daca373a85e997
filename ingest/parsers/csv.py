"""Delimited tables."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import ParsedDocument, ParseError, parsed_or_no_text
from ingest.parsers.encoding import read_text
from ingest.parsers.tables import grid_blocks

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_MIN_AGREEMENT = 0.6
_MAX_FIELD_CHARS = 10 * 1000**2


class CsvParser:
    """One table for the file. The delimiter is the one that splits the first lines most evenly."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".csv", ".tsv", ".tab", ".psv"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {"text/csv", "text/tab-separated-values", "application/csv"}
    )

    def parse(self, path: Path) -> ParsedDocument:
        text = read_text(path)
        csv.field_size_limit(_MAX_FIELD_CHARS)
        try:
            rows = _read(text, _delimiter_of(text))
        except csv.Error as error:
            raise ParseError(f"It is not a readable table: {error}.") from error
        return parsed_or_no_text(None, grid_blocks(rows))


def _read(text: str, delimiter: str | None) -> list[list[str]]:
    if delimiter is None:
        return [[line] for line in text.splitlines() if line.strip()]
    # newline="" leaves the line breaks inside quoted fields to the reader.
    source = io.StringIO(text.replace("\x00", ""), newline="")
    return [
        row
        for row in csv.reader(source, delimiter=delimiter, skipinitialspace=True)
        if any(cell.strip() for cell in row)
    ]


def _delimiter_of(text: str) -> str | None:
    """None if the lines have one column, or none that they agree on.

    Not csv.Sniffer, which takes letters for delimiters in one-column files.
    """
    sample = "\n".join(text.splitlines()[:_SAMPLE_LINES])

    def score(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in _read(sample, delimiter))
        if not widths:
            return (0.0, 0)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]))
        return (rows / widths.total() if width > 1 else 0.0, width)

    best = max(_DELIMITERS, key=score)
    return best if score(best)[0] >= _MIN_AGREEMENT else None
