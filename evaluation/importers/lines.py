"""JSON Lines, plain or packed, one line at a time."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from core.errors import ConfigurationError
from evaluation.json_lines import Place


def iter_objects(file: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Each line's object, lazily; blank lines are skipped, and NaN reads as null.

    Raises ConfigurationError, naming file and line.
    """
    for place, line in iter_lines(file):
        value = _parse(line.strip(), place)
        if not isinstance(value, dict):
            raise place.error(f"a JSON object was expected, not {type(value).__name__}")
        yield place, value


def iter_lines(file: Path) -> Iterator[tuple[Place, str]]:
    """Each line that is not blank, lazily. Raises ConfigurationError, naming file and line."""
    number = 0
    try:
        with open_text(file) as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield Place(file, number), line
    except UnicodeDecodeError as error:
        raise Place(file, number + 1).error("not UTF-8") from error
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error


@contextmanager
def open_text(file: Path) -> Iterator[TextIO]:
    """The file as UTF-8 text; a `.gz`, or a `.zip` with one file in it, is unpacked on the way."""
    if file.suffix == ".gz":
        with gzip.open(file, "rt", encoding="utf-8-sig", newline="\n") as stream:
            yield stream
    elif file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            members = [name for name in archive.namelist() if _is_data(name)]
            if len(members) != 1:
                raise ConfigurationError(
                    f"{file} holds {len(members)} JSON files where one was expected. Unpack it, "
                    "and name the file."
                )
            with archive.open(members[0]) as raw:
                yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="\n")
    else:
        # Only "\n" ends a line: JSON strings may hold U+2028 and its like as they are.
        with file.open(encoding="utf-8-sig", newline="\n") as stream:
            yield stream


def load_json(file: Path) -> object:
    """A whole JSON file; NaN reads as null. Raises ConfigurationError."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    return _parse(text, Place(file, 1))


def _parse(text: str, place: Place) -> object:
    try:
        # What pandas writes where a value is missing is no JSON.
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        where = Place(place.file, place.line + error.lineno - 1)
        raise where.error(f"not JSON: {error.msg}, at character {error.colno}") from error
    except RecursionError as error:
        raise place.error("not JSON that can be read: it is nested too deeply") from error


def _is_data(name: str) -> bool:
    # macOS packs a shadow of every file beside it.
    return name.endswith((".jsonl", ".json")) and not name.startswith("__MACOSX/")
