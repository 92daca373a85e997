"""Titles that programs write by themselves say nothing about a document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.parsers.contract import Block, BlockKind

# A first heading further down is that of a chapter.
_OPENING_BLOCKS = 5
# A PDF's title may be smaller than the lettering of a figure.
_MAX_TITLE_LEVEL = 3

_MEANINGLESS = re.compile(
    r"""untitled.* | (?:power\s?point|word|excel)\s+(?:presentation|document|workbook)\d*
    | (?:document|presentation|slide|book|sheet|folie|page)\s?\d* | microsoft\s+\S+\s+-\s+.*
    | .*\.(?:docx?|xlsx?|pptx?|pdf|indd|qxd|tex|dvi|html?|rtf|txt|ai|eps|pub|pages) | \W*
    | \(anonymous\) | title | \S*[\\/_\d-]\S*""",
    re.IGNORECASE | re.VERBOSE,
)


def sensible_title(value: object) -> str | None:
    """The title in a file's metadata, unless it is a program's default or seems a file name, as
    single words with digits, dashes or underscores do.
    """
    if not isinstance(value, str):
        return None
    title = " ".join(value.replace("\x00", "").split())
    return None if _MEANINGLESS.fullmatch(title) else title


def opening_heading(blocks: Sequence[Block]) -> str | None:
    """The heading that a document opens with, for a title where no property gives one."""
    opening = [block for block in blocks[:_OPENING_BLOCKS] if block.kind is BlockKind.HEADING]
    highest = min(opening, key=lambda block: block.level, default=None)
    return highest.text if highest is not None and highest.level <= _MAX_TITLE_LEVEL else None
