"""Lists in the cells of a table, as JSON or as Python prints them."""

from __future__ import annotations

import ast
import io
import itertools
import json
import tokenize
from typing import Any

_MISSING = frozenset({"", "nan", "none", "null"})


class UnreadableList(ValueError):
    """The cell looks like a list, and cannot be read as one."""


def is_missing(value: object) -> bool:
    """Whether there is nothing in the cell, as pandas and others write nothing."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _MISSING)


def parse_list(value: object) -> list[Any] | None:
    """The list in a cell; None where the cell holds other text. Raises UnreadableList."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str) or not value.strip().startswith("["):
        return None
    text = value.strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = _parse_literal(text)
    if not isinstance(parsed, list):
        raise UnreadableList("not a list")
    return parsed


def _parse_literal(text: str) -> object:
    try:
        parsed = ast.literal_eval(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (ValueError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise UnreadableList("neither a JSON list nor a Python one") from error
    # `['a' 'b']`, as numpy prints an array, would read as one string.
    kinds = [token.type for token in tokens if token.type not in (tokenize.NL, tokenize.NEWLINE)]
    if (tokenize.STRING, tokenize.STRING) in itertools.pairwise(kinds):
        raise UnreadableList("strings without a comma between them, as numpy prints an array")
    return parsed
