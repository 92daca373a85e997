"""JSON lines that people write: each line checked, and a bad one named by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import ConfigurationError

_ModelT = TypeVar("_ModelT", bound=BaseModel)


def read_json_lines(file: Path, *, model: type[_ModelT]) -> Iterator[tuple[int, _ModelT]]:
    """Line number, from 1, and content of each line that is not empty.

    Raises ConfigurationError, naming file and line.
    """
    try:
        # Not str.splitlines: JSON strings may hold U+2028 and its like as they are.
        lines = file.read_text("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise ConfigurationError(f"{file} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _parse(line, model=model, file=file, number=number)


def line_error(file: Path, number: int, problem: str) -> ConfigurationError:
    """What to raise for a line of `file` that is not what it should be."""
    return ConfigurationError(f"{file}, line {number}: {problem}.", line=number)


def _parse(line: str, *, model: type[_ModelT], file: Path, number: int) -> _ModelT:
    try:
        return model.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise line_error(file, number, f"not JSON: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise line_error(file, number, f"{field}: {first['msg']}") from error
