"""Where a text that is too long may be cut: between lines, sentences or words."""

from __future__ import annotations

import re
from enum import Enum


class Boundary(Enum):
    """Each pattern matches up to where the next piece begins."""

    LINE = re.compile(r"\n\s*")
    # No sentence begins in lower case, which keeps "e.g. this" whole; "Mr. Smith" is cut.
    SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*\s+(?![a-z])|[。！？][」』”’）]*\s*|\n\s*")
    WORD = re.compile(r"\s+")


def find_cut(text: str, kind: Boundary, *, start: int, least: int, best: int, end: int) -> int:
    """Where a piece that begins at `start` should end, or 0 if there is no such boundary.

    Looks in `text[start:end]`: the first boundary at or after `best`, else the last one from
    `least` on.
    """
    found = 0
    for match in kind.value.finditer(text, start, end):
        if match.end() <= start or match.end() < least:
            continue
        found = match.end()
        if found >= best:
            break
    return found
