"""ZIP archives, by the standard library. Office files and EPUB books are none, though zipped."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import ParseError, UnsupportedFormat
from ingest.unpacking.contract import (
    Entries,
    Entry,
    FailureCode,
    MemberFailure,
    MemberRefused,
    UnpackLimits,
)
from ingest.unpacking.names import shown_name

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_READ_BYTES = 256 * 1024
_LOCAL_HEADER_BYTES = 30
_IS_ENCRYPTED, _NAME_IS_UTF8 = 0x1, 0x800
# Not bzip2 and LZMA: zipfile unpacks them without a bound on what a few bytes become.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The first is the date of an entry that states none.
_DOS_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNICODE_PATH, _TIMESTAMPS = 0x7075, 0x5455
_HAS_MODIFICATION_TIME = 0x1
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError),
    *(ValueError, LookupError, OverflowError, NotImplementedError, RuntimeError),
)


class ZipUnpacker:
    """Every entry is judged by itself, so that a bad one costs no other."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".zip"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {"application/zip", "application/x-zip", "application/x-zip-compressed"}
    )

    def recognises(self, head: bytes) -> bool:
        return head.startswith(_SIGNATURES)

    def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
        with _open(path) as archive:
            infos = archive.infolist()
            _refuse_package(infos)
            overlapping = _overlapping(infos, end=archive.start_dir)
            for info in infos:
                if info.is_dir():
                    continue
                name = _name(info)
                try:
                    _check(info, is_overlapping=id(info) in overlapping)
                except MemberRefused as error:
                    yield MemberFailure(name=shown_name(name), code=error.code, detail=error.detail)
                else:
                    yield _entry(archive, info, name)


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise ParseError(
            "It is not a whole .zip file: its directory, at the end, cannot be read."
        ) from error


def _refuse_package(infos: Sequence[zipfile.ZipInfo]) -> None:
    if any(info.filename == "[Content_Types].xml" for info in infos) or (
        infos and infos[0].filename == "mimetype"
    ):
        raise UnsupportedFormat(
            "It is an Office file or a book under an archive's name; give it its own ending, "
            "such as .docx or .epub."
        )


def _overlapping(infos: Sequence[zipfile.ZipInfo], *, end: int) -> set[int]:
    """The entries (by `id`) whose bytes reach into the next one's or into the directory: how a bomb
    has many entries share one kernel. Source: David Fifield, "A better zip bomb", WOOT 2019.
    """
    ordered = sorted(infos, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in ordered), end]
    return {
        id(info)
        for info, limit in zip(ordered, starts[1:], strict=True)
        if info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > limit
    }


def _check(info: zipfile.ZipInfo, *, is_overlapping: bool) -> None:
    if info.flag_bits & _IS_ENCRYPTED:
        raise MemberRefused(
            FailureCode.ENCRYPTED, "It is protected by a password; store it without one."
        )
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise MemberRefused(FailureCode.LINK, "It is a link, which is not followed.")
    if kind not in (0, stat.S_IFREG):
        raise MemberRefused(FailureCode.SPECIAL_FILE, "It is a device or pipe, not a file.")
    if is_overlapping:
        raise MemberRefused(
            FailureCode.OVERLAPPING, "Its bytes are also those of another entry, as in zip bombs."
        )
    if info.compress_type not in _METHODS:
        raise MemberRefused(
            FailureCode.UNSUPPORTED,
            f"It is compressed by method {info.compress_type}, which is not read; store the "
            "archive with the usual method, Deflate.",
        )


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Entry:
    return Entry(
        name=name,
        chunks=lambda: _read(archive, info),
        size_bytes=info.file_size,
        packed_bytes=info.compress_size,
        modified_at=_modified_at(info),
    )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    left = info.file_size
    try:
        with archive.open(info) as file:
            while block := file.read(_READ_BYTES):
                left -= len(block)
                yield block
    except _UNREADABLE as error:
        raise _damaged() from error
    if left != 0:
        raise _damaged()


def _damaged() -> MemberRefused:
    return MemberRefused(
        FailureCode.DAMAGED, "Its bytes in the archive are damaged: the checksum does not fit."
    )


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it. Without the UTF-8 flag it should be cp437; but many write
    UTF-8 all the same, and what is not ASCII hardly ever passes for it.
    """
    # zipfile cuts `filename` at a zero byte, where some would hide another ending.
    name = info.orig_filename
    if info.flag_bits & _NAME_IS_UTF8 or name.isascii():
        return name
    raw = name.encode("cp437")
    field = _extra_fields(info).get(_UNICODE_PATH, b"")
    if len(field) > 5 and struct.unpack_from("<I", field, 1)[0] == zlib.crc32(raw):
        raw = field[5:]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return name


def _modified_at(info: zipfile.ZipInfo) -> datetime | None:
    field = _extra_fields(info).get(_TIMESTAMPS, b"")
    try:
        if len(field) >= 5 and field[0] & _HAS_MODIFICATION_TIME:
            return datetime.fromtimestamp(struct.unpack_from("<i", field, 1)[0], UTC)
        # In the zone of whoever packed it, which nothing tells.
        return None if info.date_time <= _DOS_EPOCH else datetime(*info.date_time, tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _extra_fields(info: zipfile.ZipInfo) -> dict[int, bytes]:
    fields = {}
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        fields[kind] = rest[4 : 4 + size]
        rest = rest[4 + size :]
    return fields
