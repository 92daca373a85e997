"""Nested records (JSON, XML) as readable lines: `key.path: value`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Record = Mapping[str, "Record"] | list["Record"] | str | int | float | bool | None


def record_lines(value: Record, path: str = "") -> Iterator[str]:
    """One line a value, empty ones left out. List items share their list's path: positions in a
    list mean little to a reader, and short scalar lists become one line.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from record_lines(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        if value and all(not isinstance(item, Mapping | list) for item in value):
            joined = ", ".join(filter(None, map(_scalar, value)))
            if joined:
                yield f"{path}: {joined}" if path else joined
        else:
            for item in value:
                yield from record_lines(item, path)
    elif text := _scalar(value):
        yield f"{path}: {text}" if path else text


def _scalar(value: Record) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split())
