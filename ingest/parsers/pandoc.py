"""Rich text, OpenDocument text, reStructuredText, Org: by pandoc to HTML, then read like HTML.

unstructured goes through pandoc for these too, but without `--sandbox`, so that a document's
`include` directive could read any file of this machine into the index.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import (
    BlockKind,
    ParsedDocument,
    ParseError,
    parsed_or_no_text,
)
from ingest.parsers.encoding import read_text
from ingest.parsers.markup import blocks_of, parse_html
from ingest.parsers.zips import check_zip

_FORMATS = {".rtf": "rtf", ".odt": "odt", ".rst": "rst", ".rest": "rst", ".org": "org"}


class PandocParser:
    suffixes: ClassVar[frozenset[str]] = frozenset(_FORMATS)
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {
            "application/rtf",
            "text/rtf",
            "application/vnd.oasis.opendocument.text",
            "text/x-rst",
            "text/prs.fallenstein.rst",
            "text/org",
        }
    )

    def parse(self, path: Path) -> ParsedDocument:
        data, source = _read(path)
        root = parse_html(_to_html(data, source=source))
        blocks = blocks_of(root) if root is not None else []
        headings = (b.text for b in blocks if b.kind is BlockKind.HEADING and b.level == 1)
        return parsed_or_no_text(next(headings, None), blocks)


def _read(path: Path) -> tuple[bytes, str]:
    """The file's bytes as pandoc wants them, and pandoc's name of their format."""
    with path.open("rb") as file:
        magic = file.read(5)
    if magic == b"{\\rtf":
        return path.read_bytes(), "rtf"
    if magic[:2] == b"PK":
        check_zip(path, saved_as=".odt")
        return path.read_bytes(), "odt"
    source = _FORMATS.get(path.suffix.lower(), "rst")
    if source in {"rtf", "odt"}:
        raise ParseError(f"It is not a whole .{source} file.")
    return read_text(path).encode("utf-8"), source


def _to_html(data: bytes, *, source: str) -> str:
    import pypandoc

    # From stdin, so that no include can be relative to the document's folder.
    command = [pypandoc.get_pandoc_path(), "--sandbox", "--quiet", f"--from={source}"]
    done = subprocess.run([*command, "--to=html", "--wrap=none"], input=data, capture_output=True)
    if done.returncode != 0:
        raise ParseError(
            f"It is not a readable .{source} file.",
            operator_detail=done.stderr[-500:].decode(errors="replace"),
        )
    return done.stdout.decode("utf-8", errors="replace")
