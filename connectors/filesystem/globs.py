"""Path globs: `*` and `?` stay within a folder, `**` crosses folders."""

from __future__ import annotations

import re
from functools import lru_cache

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?)")
_TRANSLATION = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=4096)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """A pattern to `fullmatch` a relative path with: `hr/**` matches everything under `hr/`."""
    return re.compile(
        "".join(_TRANSLATION.get(part) or re.escape(part) for part in _WILDCARD.split(glob)),
        re.DOTALL,
    )
