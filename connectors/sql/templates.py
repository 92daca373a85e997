"""Texts with `{column}` in them; `{{` and `}}` stand for braces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

_PART = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


def columns_in(template: str) -> Iterator[str]:
    """The columns that the template names, as often as it does."""
    for match in _PART.finditer(template):
        if match[1] is not None:
            yield match[1]


def filled(
    template: str,
    values: Mapping[str, str | None],
    *,
    escape: Callable[[str], str] = str,
) -> str:
    """The template with each column's value, NULL as nothing. `escape` is done to values alone."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return escape(values[match[1]] or "")

    return _PART.sub(replacement, template)
