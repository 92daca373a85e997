"""What a chunker promises: spans of a normalised text, each small enough to be embedded whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.normalise import NormalisedDocument

MIN_TOKENS = 16
"""The smallest budget that leaves room for text below a header."""

_PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSpan:
    """One chunk: `text[start:end]` of its document, offsets in characters, no blanks at the ends.

    `token_count` counts that text alone, in the embedder's tokens. `heading_path` leads to the
    section that holds all of the chunk. `page` is that of its first character. `header` goes
    before the text when it is embedded (see `embedded_text`) and is never quoted: title and
    heading path, shortened where they are long, and below them `context`, which is what the text
    needs to be understood, such as the header rows of a table that began in an earlier chunk.
    """

    start: int
    end: int
    token_count: int
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    context: str = ""
    header: str = ""


class TokenCounter(Protocol):
    """The embedder's tokenizer."""

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Character span of each token, in order, without special tokens."""
        ...


class Chunker(Protocol):
    """Splits documents. Stateless between documents, safe to use from several threads."""

    def __init__(self, *, max_tokens: int, tokens: TokenCounter) -> None:
        """`max_tokens` bounds each chunk's embedded text, header included; at least
        MIN_TOKENS.

        Raises ConfigurationError for settings that cannot work.
        """
        ...

    def split(self, document: NormalisedDocument) -> list[ChunkSpan]:
        """Spans in reading order that cover every character but white space.

        The same document gives the same spans. They do not overlap, unless asked to.
        """
        ...


def context_header(title: str | None, heading_path: Sequence[str], context: str) -> str:
    """`title > heading path` on one line, `context` on the lines below; "" if all are empty.

    A title that only repeats the outermost heading is left out.
    """
    path = list(heading_path)
    if title and not (path and path[0].casefold() == title.casefold()):
        path.insert(0, title)
    return "\n".join(part for part in (_PATH_SEPARATOR.join(path), context) if part)


def embedded_text(header: str, text: str) -> str:
    """What the embedder is given for a chunk."""
    return f"{header}\n{text}" if header else text
