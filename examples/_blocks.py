"""The small part of Markdown that the example content is written in, as a list of blocks."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["heading", "paragraph", "bullet", "number", "table", "note"]

_MARKERS: list[tuple[Kind, re.Pattern[str]]] = [
    ("heading", re.compile(r"(#+)\s+")),
    ("bullet", re.compile(r"-\s+")),
    ("number", re.compile(r"\d+\.\s+")),
    ("note", re.compile(r">\s+")),
]


@dataclass(frozen=True)
class Block:
    """One line of content, or one whole table."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)


def parse(text: str) -> list[Block]:
    """Split content into blocks: each line is one block, adjacent table lines are one table."""
    blocks: list[Block] = []
    in_table = False
    for line in text.splitlines():
        if line.startswith("|"):
            if not in_table:
                blocks.append(Block("table"))
            in_table = True
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if set(cells) != {"---"}:
                blocks[-1].rows.append(cells)
            continue
        in_table = False
        if line.strip():
            blocks.append(_line_block(line))
    return blocks


def _line_block(line: str) -> Block:
    for kind, marker in _MARKERS:
        if match := marker.match(line):
            level = len(match.group(1)) if kind == "heading" else 0
            return Block(kind, line[match.end() :], level)
    return Block("paragraph", line)


def to_html(blocks: list[Block]) -> str:
    """The blocks as an XHTML fragment."""
    parts: list[str] = []
    open_list = ""
    for block in blocks:
        wanted = {"bullet": "ul", "number": "ol"}.get(block.kind, "")
        if wanted != open_list:
            parts += [f"</{open_list}>"] if open_list else []
            parts += [f"<{wanted}>"] if wanted else []
            open_list = wanted
        parts.append(_element(block))
    parts += [f"</{open_list}>"] if open_list else []
    return "\n".join(parts)


def _element(block: Block) -> str:
    if block.kind == "table":
        return _html_table(block.rows)
    tag = {"heading": f"h{block.level}", "bullet": "li", "number": "li", "note": "blockquote"}
    name = tag.get(block.kind, "p")
    return f"<{name}>{html.escape(block.text, quote=False)}</{name}>"


def _html_table(rows: list[list[str]]) -> str:
    lines = []
    for index, row in enumerate(rows):
        cell = "td" if index else "th"
        cells = "".join(f"<{cell}>{html.escape(text, quote=False)}</{cell}>" for text in row)
        lines.append(f"<tr>{cells}</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"
