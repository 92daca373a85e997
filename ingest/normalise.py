"""Parsed blocks to one normalised text, into which every offset of chunks and citations points."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ingest.parsers.contract import Block, BlockKind, NoTextFound, ParsedDocument

# A document whose author made whole paragraphs "Heading 1" would otherwise carry them in every
# heading path below.
_MAX_HEADING_CHARS = 300
_MAX_TITLE_CHARS = 300

_LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Dropped: control characters, soft hyphens, zero-width spaces and byte order marks, overrides of
# the reading direction, and Unicode tags (invisible text). The joiners U+200C and U+200D stay:
# Persian, Indic scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANKS_AROUND_BREAKS = re.compile(r" ?\n[ \n]*")
# Lines drawn with characters: a chunk of them is near every question.
_RULE = re.compile(r"[-_=*~#.+|/\\<>•·—–\s]{3,}")
_TRAILING_BLANKS = re.compile(r"[^\S\n]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """One block of a normalised text: `text[start:end]`, offsets in characters from 0.

    `level`, `page` and `header_rows` mean what they mean in `ingest.parsers.contract.Block`.
    `heading_path` leads from the outermost heading to the one above the block; a heading's own
    path ends with itself.
    """

    kind: BlockKind
    start: int
    end: int
    level: int
    page: int | None
    header_rows: int
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedDocument:
    """What is stored, chunked and quoted.

    `text` is in Unicode form NFC with "\\n" as its only line break. `blocks` are in order, do not
    overlap, are never empty, and cover all of the text but the blank lines between them.
    """

    title: str | None
    text: str
    blocks: tuple[TextBlock, ...]


def normalise(parsed: ParsedDocument) -> NormalisedDocument:
    """Clean every block's text and lay the blocks out in one text.

    Blocks are parted by an empty line, one list item from the next by a line break. Runs of
    blanks become one space, except in code. Blocks of nothing but ruled lines are left out. The
    same input gives the same output.

    Raises NoTextFound if nothing is left.
    """
    parts: list[str] = []
    blocks: list[TextBlock] = []
    headings: list[tuple[int, str]] = []
    end = 0
    previous: BlockKind | None = None
    for block in parsed.blocks:
        text = _clean_block(block)
        if not text or (block.kind is not BlockKind.CODE and _RULE.fullmatch(text)):
            continue
        kind, level = block.kind, block.level
        if kind is BlockKind.HEADING and len(text) > _MAX_HEADING_CHARS:
            kind, level = BlockKind.PARAGRAPH, 0
        if kind is BlockKind.HEADING:
            level = min(max(level, 1), 6)
            while headings and headings[-1][0] >= level:
                headings.pop()
            headings.append((level, text))
        if previous is not None:
            in_list = kind is previous is BlockKind.LIST_ITEM
            parts.append("\n" if in_list else "\n\n")
            end += len(parts[-1])
        parts.append(text)
        blocks.append(
            TextBlock(
                kind=kind,
                start=end,
                end=end + len(text),
                level=level,
                page=block.page,
                header_rows=block.header_rows,
                heading_path=tuple(heading for _, heading in headings),
            )
        )
        end += len(text)
        previous = kind
    if not blocks:
        raise NoTextFound("The document holds no text to index.")
    return NormalisedDocument(
        title=_clean_title(parsed.title), text="".join(parts), blocks=tuple(blocks)
    )


def _clean_block(block: Block) -> str:
    text = _clean_characters(block.text)
    if block.kind is BlockKind.CODE:
        return _TRAILING_BLANKS.sub("", text).strip("\n")
    text = _BLANKS_AROUND_BREAKS.sub("\n", _BLANKS.sub(" ", text)).strip()
    return text.replace("\n", " ") if block.kind is BlockKind.HEADING else text


def _clean_characters(text: str) -> str:
    text = _LINE_BREAKS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", text))
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _clean_title(title: str | None) -> str | None:
    if title is None:
        return None
    cleaned = " ".join(_clean_characters(title).split())
    if len(cleaned) > _MAX_TITLE_CHARS:
        cleaned = cleaned[: _MAX_TITLE_CHARS - 1].rsplit(" ", 1)[0] + "…"
    return cleaned or None
