"""What holds for every format that is a ZIP archive inside: Office, OpenDocument, EPUB."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.parsers.contract import (
    DocumentTooLarge,
    EncryptedDocument,
    ParseError,
    UnsupportedFormat,
)

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

_MAX_UNPACKED_BYTES = 500 * 1000**2
_MAX_MEMBERS = 20_000
# Deflate reaches 1,032:1. Office XML compresses 5 to 20 times, long runs of equal cells 100 times;
# below the floor a high ratio is harmless.
_MAX_RATIO = 200
_RATIO_FLOOR_BYTES = 20 * 1000**2
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_zip(path: Path, *, saved_as: str) -> None:
    """Refuse an archive that is damaged, encrypted, or unpacks to more than the limits.

    Only the directory is read, and zipfile never unpacks a member beyond the size stated there.
    `saved_as` names the format to save the file as if it is an old binary Office file.

    Raises ParseError, EncryptedDocument, UnsupportedFormat or DocumentTooLarge.
    """
    with path.open("rb") as file:
        if file.read(8) == _OLE_MAGIC:
            raise _ole_refusal(file.read(1 << 20), saved_as)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ParseError(
            f"It is not a whole {saved_as} file: its ZIP directory cannot be read."
        ) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if unpacked > _MAX_UNPACKED_BYTES or len(members) > _MAX_MEMBERS:
        raise DocumentTooLarge(
            f"It unpacks to {unpacked:,} bytes in {len(members):,} parts; the limits are "
            f"{_MAX_UNPACKED_BYTES:,} bytes and {_MAX_MEMBERS:,} parts.",
            unpacked_bytes=unpacked,
            limit_bytes=_MAX_UNPACKED_BYTES,
        )
    if unpacked > _RATIO_FLOOR_BYTES and unpacked / packed > _MAX_RATIO:
        raise DocumentTooLarge(
            f"It unpacks from {packed:,} to {unpacked:,} bytes, more than {_MAX_RATIO} times its "
            "size, as zip bombs do.",
            unpacked_bytes=unpacked,
            packed_bytes=packed,
        )
    if any(member.flag_bits & 0x1 for member in members):
        raise EncryptedDocument("The file is protected by a password; store it without one.")


@contextmanager
def reporting_damage(saved_as: str) -> Iterator[None]:
    """Turn what the Office libraries raise on a damaged file into a ParseError.

    They map XML to typed objects as they meet it, and fail in all these ways on what is missing or
    out of place.
    """
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, SyntaxError),
        *(LookupError, ValueError, TypeError, AttributeError, RuntimeError, AssertionError),
    ) as error:
        raise damaged(saved_as) from error


def damaged(saved_as: str) -> ParseError:
    return ParseError(f"It is not a whole {saved_as} file: parts of it are missing or damaged.")


def read_member(archive: zipfile.ZipFile, name: str, *, saved_as: str) -> bytes:
    """Raises ParseError if the member is missing or damaged."""
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as e:
        raise damaged(saved_as) from e


def parse_xml(data: bytes, *, recover: bool = False) -> Element | None:
    """The root of an XML document; None if it cannot be parsed. No entity and no network."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, recover=recover
    )
    try:
        return etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError:
        return None


def _ole_refusal(head: bytes, saved_as: str) -> ParseError:
    if (
        "EncryptedPackage".encode("utf-16-le") in head
        or "EncryptionInfo".encode("utf-16-le") in head
    ):
        return EncryptedDocument("The file is protected by a password; store it without one.")
    return UnsupportedFormat(
        f"It is an old binary Office file under another name; save it as {saved_as}."
    )
