"""What a parser promises: bytes of one format in, a title and a flat list of typed blocks out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from core.errors import PermanentError


class BlockKind(StrEnum):
    """The structure that chunking follows."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One structural piece of a document, in reading order.

    `text` is plain text without markup and is never blank. A table has one row a line, cells
    joined by " | ", its first `header_rows` lines being the header. `level` is 1 to 6 for a heading
    and the nesting depth from 1 for a list item, else 0. `page` counts from 1 (slides and sheets
    count as pages) and is None where the format has none.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    header_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A document as its parser read it. `title` is None unless the content itself gives one."""

    title: str | None
    blocks: tuple[Block, ...]


class ParseError(PermanentError):
    """The bytes cannot be read as the format that they claim; `detail` says why."""

    title = "Document cannot be parsed"


class NoTextFound(ParseError):
    """The file is well formed, and there is nothing in it to index."""


class EncryptedDocument(ParseError):
    """The file needs a password."""


class UnsupportedFormat(ParseError):
    """No parser reads this kind of file."""


class DocumentTooLarge(ParseError):
    """The file, or what it unpacks to, is larger than the limit."""


class Parser(Protocol):
    """Reads one family of formats. Stateless: one instance serves many documents."""

    suffixes: ClassVar[frozenset[str]]
    """Lower-case file name endings with their dot, such as ".md"."""

    mime_types: ClassVar[frozenset[str]]

    def parse(self, path: Path) -> ParsedDocument:
        """Read the file at `path`, which is local and readable.

        Raises ParseError (or a subclass) when the content cannot be read; any other exception is
        a bug of the parser, which the caller reports as a failure of this document.
        """
        ...


def parsed_or_no_text(title: str | None, blocks: Iterable[Block]) -> ParsedDocument:
    """Build the result, refusing a document with nothing to index.

    Raises NoTextFound if no block has text.
    """
    kept = tuple(block for block in blocks if block.text.strip())
    if not kept:
        raise NoTextFound("The document holds no text to index.")
    return ParsedDocument(title=title, blocks=kept)
