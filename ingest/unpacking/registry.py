"""Which unpacker opens a file: chosen among the entry points of the group `vouch.unpackers`."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import cast

from ingest.parsers.contract import UnsupportedFormat
from ingest.unpacking.contract import Unpacker

ENTRY_POINT_GROUP = "vouch.unpackers"

_HEAD_BYTES = 512
# ZIP archives inside, and sometimes served as such; each is one document.
_PACKAGES = frozenset(
    ".docx .docm .dotx .dotm .xlsx .xlsm .xltx .xlsb .pptx .pptm .potx .ppsx .odt .ods .odp .odg "
    ".epub .pages .numbers .key".split()
)


def find_unpacker(filename: str, *, mime: str | None) -> Unpacker | None:
    """The unpacker for a file of this name (its ending, any case), else of this media type, unless
    the name is that of another format.
    """
    name = filename.lower()
    for unpacker in _unpackers():
        if name.endswith(tuple(unpacker.suffixes)):
            return unpacker
    media_type = (mime or "").partition(";")[0].strip().lower()
    guessed, encoding = guess_type(name, strict=False)
    for unpacker in _unpackers():
        is_another = (
            PurePosixPath(name).suffix in _PACKAGES
            or encoding is not None
            or (guessed is not None and guessed not in unpacker.mime_types)
        )
        if media_type in unpacker.mime_types and not is_another:
            return unpacker
    return None


def unpacker_for(path: Path, *, filename: str, mime: str | None) -> Unpacker:
    """The unpacker by name or type, or the one whose signature the file bears.

    Raises UnsupportedFormat.
    """
    named = find_unpacker(filename, mime=mime)
    if named is None:
        raise UnsupportedFormat("It is not an archive or mail whose content can be taken out.")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if named.recognises(head):
        return named
    # Without any signature, the one by name says what is wrong with the file.
    return next((other for other in _unpackers() if other.recognises(head)), named)


@lru_cache(maxsize=1)
def _unpackers() -> tuple[Unpacker, ...]:
    found = []
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        # One whose optional dependency is not installed is as good as not there.
        try:
            found.append(cast("Unpacker", entry.load()()))
        except ImportError:
            continue
    return tuple(found)
