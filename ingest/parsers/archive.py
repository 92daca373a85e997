"""Archives: the list of what is in them. Their files are documents of their own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import Block, BlockKind, ParsedDocument, parsed_or_no_text
from ingest.unpacking.contract import LimitReached, MemberRefused, Unpacker, UnpackLimits
from ingest.unpacking.names import is_litter, safe_path
from ingest.unpacking.tar import TarUnpacker
from ingest.unpacking.zip import ZipUnpacker

_HEAD_BYTES = 512
_MAX_LINES = 10_000


class ArchiveParser:
    """One line for each file's path. What has no sensible name is left out; so is the content of
    archives within.
    """

    suffixes: ClassVar[frozenset[str]] = ZipUnpacker.suffixes | {".tar", ".tgz", ".gz"}
    mime_types: ClassVar[frozenset[str]] = ZipUnpacker.mime_types | TarUnpacker.mime_types

    def parse(self, path: Path) -> ParsedDocument:
        names = dict.fromkeys(_names(path))
        blocks = (Block(kind=BlockKind.LIST_ITEM, text=name, level=1) for name in names)
        return parsed_or_no_text(None, blocks)


def _names(path: Path) -> list[str]:
    names: list[str] = []
    with closing(_unpacker(path).entries(path, limits=UnpackLimits())) as entries:
        try:
            for entry in entries:
                if not is_litter(entry.name) and (name := _safe(entry.name)) is not None:
                    names.append(name)
                if len(names) == _MAX_LINES:
                    break
        except LimitReached:
            # A bomb, or next to one: what came before is listed.
            pass
    return names


def _unpacker(path: Path) -> Unpacker:
    """By what the file is: archives often bear each other's endings."""
    tar = TarUnpacker()
    with path.open("rb") as file:
        return tar if tar.recognises(file.read(_HEAD_BYTES)) else ZipUnpacker()


def _safe(name: str) -> str | None:
    try:
        return safe_path(name)
    except MemberRefused:
        return None
