"""JSON and JSON lines: one paragraph of `key.path: value` lines for each top-level item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from ingest.parsers.contract import (
    Block,
    BlockKind,
    ParsedDocument,
    ParseError,
    parsed_or_no_text,
)
from ingest.parsers.encoding import read_text
from ingest.parsers.records import record_lines


class JsonParser:
    """An object's plain values come first, then each nested value under its key as heading."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".json", ".jsonl", ".ndjson"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {"application/json", "application/x-ndjson", "application/jsonl", "text/json"}
    )

    def parse(self, path: Path) -> ParsedDocument:
        value = _load(read_text(path))
        title = None
        if isinstance(value, dict):
            named = value.get("title", value.get("name"))
            title = named if isinstance(named, str) else None
        return parsed_or_no_text(title, _blocks(value))


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and (records := _load_lines(lines)) is not None:
            return records
        raise ParseError(
            f"It is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            line=error.lineno,
            column=error.colno,
        ) from error
    except (RecursionError, ValueError) as error:
        raise ParseError(
            "It is not readable as JSON: nested too deeply, or a number too long."
        ) from error


def _load_lines(lines: list[str]) -> list[Any] | None:
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None


def _blocks(value: Any) -> Iterator[Block]:
    if isinstance(value, dict):
        nested = {key: inner for key, inner in value.items() if isinstance(inner, dict | list)}
        yield from _paragraph({key: inner for key, inner in value.items() if key not in nested})
        for key, inner in nested.items():
            if isinstance(inner, list) and not any(isinstance(item, dict | list) for item in inner):
                yield from _paragraph({key: inner})
                continue
            yield Block(kind=BlockKind.HEADING, text=key, level=1)
            for item in inner if isinstance(inner, list) else [inner]:
                yield from _paragraph(item)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for item in value:
            yield from _paragraph(item)
    else:
        yield from _paragraph(value)


def _paragraph(value: Any) -> Iterator[Block]:
    text = "\n".join(record_lines(value))
    if text:
        yield Block(kind=BlockKind.PARAGRAPH, text=text)
