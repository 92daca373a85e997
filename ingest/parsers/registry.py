"""Which parser reads a file: chosen among the entry points of the group `vouch.parsers`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePosixPath
from typing import cast

from ingest.parsers.contract import Parser, UnsupportedFormat

ENTRY_POINT_GROUP = "vouch.parsers"

PARSED_TEXT = "text/2"
"""Names what the parsers make of a file: a generation is of one, so a change of texts needs a new
name. Files do not change with a parser, and would not be read again.
"""

_NEEDS_OCR = "Text in pictures is not read in this release; store the document with a text layer."
_ARCHIVE = "Archives of this kind are not unpacked; store them as .zip or .tar.gz."
_ADVICE = {
    ".doc": "Old binary Word files are not read; save it as .docx.",
    ".dot": "Old binary Word files are not read; save it as .docx.",
    ".ppt": "Old binary PowerPoint files are not read; save it as .pptx.",
    ".pps": "Old binary PowerPoint files are not read; save it as .pptx.",
    ".xlsb": "Binary Excel workbooks are not read; save it as .xlsx.",
    ".ods": "OpenDocument spreadsheets are not read; save it as .xlsx.",
    ".odp": "OpenDocument presentations are not read; save it as .pptx.",
    ".pages": "Apple Pages files are not read; export it as .docx or .pdf.",
    ".numbers": "Apple Numbers files are not read; export it as .xlsx.",
    ".key": "Apple Keynote files are not read; export it as .pptx.",
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".heic"), _NEEDS_OCR
    ),
    **dict.fromkeys((".7z", ".rar", ".bz2", ".xz"), _ARCHIVE),
}


def parser_for(filename: str, *, mime: str | None) -> Parser:
    """The parser for a file of this name (its suffix, any case), else of this media type.

    Imports only the parser whose registered name is the suffix; where there is none, the others
    one by one until one reads the format. Unclaimed `text/*` types are read as plain text.

    Raises UnsupportedFormat, naming what is supported.
    """
    suffix = PurePosixPath(filename).suffix.lower()
    media_type = (mime or "").partition(";")[0].strip().lower()
    found = _find_by_suffix(suffix) if suffix else None
    if found is None and suffix not in _ADVICE and media_type:
        found = _find_by_mime(media_type)
    if found is None:
        raise _unsupported(suffix, media_type)
    return found


def supported_suffixes() -> list[str]:
    """Every file name ending that an installed parser reads, sorted. Imports all parsers."""
    return sorted({suffix for parser in _iter_parsers("") for suffix in parser.suffixes})


@lru_cache(maxsize=256)
def _find_by_suffix(suffix: str) -> Parser | None:
    return next((p for p in _iter_parsers(suffix.lstrip(".")) if suffix in p.suffixes), None)


@lru_cache(maxsize=256)
def _find_by_mime(media_type: str) -> Parser | None:
    first = media_type.rpartition("/")[2]
    found = next((p for p in _iter_parsers(first) if media_type in p.mime_types), None)
    if found is None and media_type.startswith("text/") and media_type != "text/plain":
        return _find_by_mime("text/plain")
    return found


def _iter_parsers(first: str) -> Iterator[Parser]:
    entries = _entries()
    for name in sorted(entries, key=lambda name: (name != first, name)):
        # A parser whose optional dependency is not installed is as good as not there.
        try:
            parser = _load(entries[name])
        except ImportError:
            continue
        yield parser


@lru_cache(maxsize=1)
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}


@lru_cache(maxsize=256)
def _load(entry: EntryPoint) -> Parser:
    return cast("Parser", entry.load()())


def _unsupported(suffix: str, media_type: str) -> UnsupportedFormat:
    advice = _ADVICE.get(suffix)
    if advice is None:
        named = f"“{suffix}” files" if suffix else "files without a name ending"
        if media_type:
            named += f" of type {media_type}"
        advice = f"There is no parser for {named}. Supported: {', '.join(supported_suffixes())}."
    return UnsupportedFormat(advice, suffix=suffix, mime=media_type or None)
