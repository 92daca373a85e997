"""Documents as files that Vouch's own parsers read back word for word."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
# HTML cannot hold them, and normalising drops them anyway.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedDocument:
    """One document or passage, as the data has it. `title` may be empty."""

    id: str
    title: str
    text: str


def file_suffix(document: ImportedDocument) -> str:
    """`.html` where there is a title to keep apart from the text, else `.txt`."""
    return ".html" if document.title.strip() else ".txt"


def file_content(document: ImportedDocument) -> str:
    """The document as a file: a page with title and paragraphs, or the bare text.

    Not Markdown: its marks may stand in the text, and would be read as marks. A title that the text
    repeats as its first line, as in MTRAG, stands there once.
    """
    text = document.text.encode("utf-8", "replace").decode()
    title = " ".join(document.title.encode("utf-8", "replace").decode().split())
    if not title:
        return text
    first, _, rest = text.partition("\n")
    if " ".join(first.split()) == title:
        text = rest
    paragraphs = "\n".join(
        f"<p>{'<br>'.join(_escaped(line) for line in paragraph.split(chr(10)))}</p>"
        for paragraph in _BLANK_LINES.split(text.replace("\r\n", "\n").strip())
    )
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{_escaped(title)}</title>'
        f"</head><body>\n<h1>{_escaped(title)}</h1>\n{paragraphs}\n</body></html>\n"
    )


def _escaped(text: str) -> str:
    return html.escape(_CONTROLS.sub(" ", text), quote=False)
