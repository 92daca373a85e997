"""Rows as Markdown. Equal rows give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.sql.templates import filled

Row = Mapping[str, str | None]


def record(row: Row, columns: Sequence[str], *, title: str | None) -> Iterator[str]:
    """A heading, and one paragraph for each value that is not NULL."""
    yield from _heading(title)
    for column in columns:
        value = row[column]
        if value is None:
            continue
        # A text of several lines begins below its name, or its own Markdown would not be read.
        gap = "\n\n" if "\n" in value.strip("\n") else " "
        yield f"**{_inline(column)}**:{gap}{value}\n\n"


def table(rows: Iterable[Row], columns: Sequence[str], *, title: str | None) -> Iterator[str]:
    """A heading, and a table with one line for each row."""
    yield from _heading(title)
    yield _line(_cell(column) for column in columns)
    yield _line("---" for _ in columns)
    for row in rows:
        yield _line(_cell(row[column] or "") for column in columns)


def from_template(row: Row, template: str) -> Iterator[str]:
    """What the owner's template makes of the row."""
    yield filled(template, row)


def _heading(title: str | None) -> Iterator[str]:
    if title and (text := _inline(title)):
        yield f"# {text}\n\n"


def _inline(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _inline(text).replace("\\", "\\\\").replace("|", "\\|")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
