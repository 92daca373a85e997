"""JSON lines that people write: each line checked, and a bad one named by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import ConfigurationError

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, from 1; `inside` says where in a line or file that holds a lot."""

    file: Path
    line: int
    inside: str = ""

    def error(self, problem: str) -> ConfigurationError:
        """Says what is wrong here."""
        inside = f", {self.inside}" if self.inside else ""
        return ConfigurationError(
            f"{self.file}, line {self.line}{inside}: {problem}.", line=self.line
        )


def read_json_lines(file: Path, *, model: type[ModelT]) -> Iterator[tuple[Place, ModelT]]:
    """Place and content of each line that is not empty.

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
            place = Place(file, number)
            yield place, parse_as(model, _parse(line, place), place)


def parse_as(model: type[ModelT], value: object, place: Place) -> ModelT:
    """`value` as the model. Raises ConfigurationError, naming the place and the field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise place.error(f"{field}: {first['msg']}") from error


def _parse(line: str, place: Place) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise place.error(f"not JSON: {error}") from error
