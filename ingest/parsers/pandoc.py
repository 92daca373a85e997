"""Rich text, OpenDocument text, reStructuredText, Org: by pandoc to HTML, then read like HTML.

unstructured goes through pandoc for these too, but without `--sandbox`, so that a document's
`include` directive could read any file of this machine into the index.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import (
    Block,
    ParsedDocument,
    ParseError,
    parsed_or_no_text,
)
from ingest.parsers.encoding import read_text
from ingest.parsers.markup import blocks_of, parse_html
from ingest.parsers.titles import opening_heading
from ingest.parsers.zips import check_zip


class _PandocParser:
    """`source` is pandoc's name of the format."""

    source: ClassVar[str]

    def parse(self, path: Path) -> ParsedDocument:
        blocks = pandoc_blocks(self._read(path), source=self.source)
        return parsed_or_no_text(opening_heading(blocks), blocks)

    def _read(self, path: Path) -> bytes:
        return read_text(path).encode("utf-8")


class RtfParser(_PandocParser):
    source = "rtf"
    suffixes: ClassVar[frozenset[str]] = frozenset({".rtf"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/rtf", "text/rtf"})

    def _read(self, path: Path) -> bytes:
        data = path.read_bytes()
        if not data.lstrip().startswith(b"{\\rtf"):
            raise ParseError("It is not a rich text file.")
        return data


class OdtParser(_PandocParser):
    source = "odt"
    suffixes: ClassVar[frozenset[str]] = frozenset({".odt"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/vnd.oasis.opendocument.text"})

    def _read(self, path: Path) -> bytes:
        check_zip(path, saved_as=".odt")
        return path.read_bytes()


class RstParser(_PandocParser):
    source = "rst"
    suffixes: ClassVar[frozenset[str]] = frozenset({".rst", ".rest"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"text/x-rst", "text/prs.fallenstein.rst"})


class OrgParser(_PandocParser):
    source = "org"
    suffixes: ClassVar[frozenset[str]] = frozenset({".org"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"text/org", "text/x-org"})


def pandoc_blocks(data: bytes, *, source: str) -> list[Block]:
    """The blocks of a document in the format that pandoc calls `source`. Raises ParseError."""
    root = parse_html(_to_html(data, source=source))
    return blocks_of(root) if root is not None else []


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
