"""Which of a system's items are documents of a source: globs over their paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from pydantic import Field

Glob = Annotated[str, Field(min_length=1, max_length=4096)]
"""`*` and `?` stay within a folder, `**` crosses folders."""

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?)")
_TRANSLATION = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Selection:
    """What one of `include` matches, if there are any, and none of `exclude`."""

    def __init__(self, *, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = [glob_pattern(glob) for glob in include]
        self._exclude = [glob_pattern(glob) for glob in exclude]
        # What matches anything below a folder need not be looked at there.
        self._below = [glob_pattern(glob) for glob in exclude if glob.endswith("**")]

    def has(self, path: str) -> bool:
        """Whether the item is selected."""
        if self._include and not any(pattern.fullmatch(path) for pattern in self._include):
            return False
        return not any(pattern.fullmatch(path) for pattern in self._exclude)

    def has_below(self, folder: str) -> bool:
        """Whether something below may be selected; `folder` has no slash at its end."""
        return not (
            any(pattern.fullmatch(folder) for pattern in self._exclude)
            or any(pattern.fullmatch(f"{folder}/") for pattern in self._below)
        )


@lru_cache(maxsize=4096)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """A pattern to `fullmatch` a relative path with: `hr/**` matches everything under `hr/`."""
    return re.compile(
        "".join(_TRANSLATION.get(part) or re.escape(part) for part in _WILDCARD.split(glob)),
        re.DOTALL,
    )
