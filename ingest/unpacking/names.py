"""Names within containers: relative paths that are safe to show, store and compare."""

from __future__ import annotations

import re
import unicodedata
from mimetypes import guess_type
from pathlib import PurePosixPath

from ingest.unpacking.contract import FailureCode, MemberRefused

_MAX_NAME_CHARS = 1_000
_MAX_SHOWN_CHARS = 200
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:(?=/|$)")
_NOT_IN_FILENAMES = re.compile(r"[/\\:]")
_DEFAULT_FILENAME = "unnamed"
# The standard library knows these only where the system's own tables do.
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MIME_BY_SUFFIX = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".epub": "application/epub+zip",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}


def safe_path(name: str) -> str:
    """The name as a relative path with "/", without "." and empty parts, in NFC.

    Raises MemberRefused for one that leads elsewhere, cannot be stored, or is too long.
    """
    if len(name) > _MAX_NAME_CHARS:
        raise MemberRefused(
            FailureCode.NAME_TOO_LONG,
            f"Its name has {len(name):,} characters; the limit is {_MAX_NAME_CHARS:,}.",
        )
    if _UNPRINTABLE.search(name):
        raise _unsafe("holds control characters")
    if "\\" in name:
        raise _unsafe("holds a backslash")
    if name.startswith("/") or _DRIVE.match(name):
        raise _unsafe("is an absolute path")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _unsafe("leads out of the archive")
    if not parts:
        raise _unsafe("is empty")
    return unicodedata.normalize("NFC", "/".join(parts))


def safe_filename(name: str, *, default: str = _DEFAULT_FILENAME) -> str:
    """A name that somebody gave an attachment as one part of a path; never refused."""
    name = unicodedata.normalize("NFC", _UNPRINTABLE.sub(" ", name))
    name = " ".join(_NOT_IN_FILENAMES.sub("_", name).split())
    if name.strip("._ ") == "":
        name = default
    if len(name) > _MAX_SHOWN_CHARS:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 10 else ""
        name = (stem if ending else name)[: _MAX_SHOWN_CHARS - len(ending)] + ending
    return name


def numbered(name: str, *, taken: set[str]) -> str:
    """The name, with a number before its ending if it is taken; then it is taken too."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    number = 1
    result = name
    while result in taken:
        number += 1
        result = f"{stem} ({number}){dot}{ending}"
    taken.add(result)
    return result


def shown_name(name: str) -> str:
    """A refused name as it may be stored and shown; never empty."""
    shown = _UNPRINTABLE.sub("\ufffd", name) or _DEFAULT_FILENAME
    if len(shown) > _MAX_SHOWN_CHARS:
        shown = shown[: _MAX_SHOWN_CHARS - 1] + "…"
    return shown


def is_litter(name: str) -> bool:
    """Whether macOS left it behind: it is about files, and nobody's document."""
    *folders, filename = name.split("/")
    return "__MACOSX" in folders or filename == ".DS_Store" or filename.startswith("._")


def mime_of(name: str) -> str | None:
    """The media type by the name's ending; that of the compression for what is compressed."""
    guessed, encoding = guess_type(PurePosixPath(name).name)
    if encoding is not None:
        return f"application/{encoding}"
    return _MIME_BY_SUFFIX.get(PurePosixPath(name).suffix.lower()) or guessed


def _unsafe(what: str) -> MemberRefused:
    return MemberRefused(FailureCode.UNSAFE_NAME, f"Its name {what}.")
