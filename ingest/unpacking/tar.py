"""TAR archives, plain or compressed by gzip, read as a stream by the standard library."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, ClassVar, Self, cast

from ingest.parsers.contract import ParseError, UnsupportedFormat
from ingest.unpacking.contract import (
    Entries,
    Entry,
    FailureCode,
    LimitReached,
    MemberFailure,
    MemberRefused,
    UnpackLimits,
)
from ingest.unpacking.limits import has_suspicious_ratio
from ingest.unpacking.names import shown_name

_GZIP = b"\x1f\x8b"
_MAGIC, _MAGIC_AT = b"ustar", 257
_READ_BYTES = 256 * 1024
# What is skipped has to be read as well: headers, and members that are refused.
_STREAM_ALLOWANCE = 2
_UNREADABLE = (
    *(tarfile.TarError, zlib.error, OSError, EOFError),
    *(ValueError, LookupError, OverflowError),
)


class TarUnpacker:
    """Members of a damaged archive are taken out up to the damage."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".tar", ".tar.gz", ".tgz"})
    mime_types: ClassVar[frozenset[str]] = frozenset(
        {
            *("application/x-tar", "application/x-gtar", "application/x-compressed-tar"),
            *("application/gzip", "application/x-gzip"),
        }
    )

    def recognises(self, head: bytes) -> bool:
        return head.startswith(_GZIP) or head[_MAGIC_AT:].startswith(_MAGIC)

    def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
        with ExitStack() as stack:
            try:
                stream = _open_stream(path, limits, stack)
                archive = _open_archive(stream, stack)
                while (info := archive.next()) is not None:
                    # It would keep every header that it has met.
                    archive.members = []  # type: ignore[attr-defined]  # Not in its stub.
                    if not info.isdir():
                        yield _entry(archive, info)
                # The checksum of the compression comes last; a TAR archive has none for content.
                while stream.read(_READ_BYTES):
                    pass
            except _UNREADABLE as error:
                raise ParseError(
                    "It is not a whole .tar file: it is damaged or cut off."
                ) from error


class _Header(tarfile.TarInfo):
    """A header whose damage is reported. tarfile takes any but the first for the archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            # A block of zeros is the end.
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(str(error)) from error


class _Stream:
    """The archive's bytes, unpacked, up to the limits: members that are skipped are read too."""

    def __init__(self, file: IO[bytes], *, packed_bytes: int, limits: UnpackLimits) -> None:
        self._file = file
        self._packed_bytes = packed_bytes
        self._limits = limits
        self._read_bytes = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._read_bytes += len(data)
        if self._read_bytes > _STREAM_ALLOWANCE * self._limits.max_unpacked_bytes:
            raise LimitReached(
                FailureCode.UNPACKS_TOO_LARGE,
                f"It unpacks to more than {self._limits.max_unpacked_bytes:,} bytes; the rest is "
                "not read.",
            )
        if has_suspicious_ratio(self._read_bytes, self._packed_bytes, self._limits):
            raise LimitReached(
                FailureCode.SUSPICIOUS_RATIO,
                f"It unpacks to more than {self._limits.max_member_ratio} times its size, as bombs "
                "do; the rest is not read.",
            )
        return data


def _open_stream(path: Path, limits: UnpackLimits, stack: ExitStack) -> _Stream:
    file: IO[bytes] = stack.enter_context(path.open("rb"))
    is_compressed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    if is_compressed:
        file = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
        if not _is_archive(file.read(tarfile.BLOCKSIZE)):
            raise UnsupportedFormat(
                "It is a single compressed file, not an archive; store it unpacked."
            )
        file.seek(0)
    return _Stream(file, packed_bytes=path.stat().st_size, limits=limits)


def _is_archive(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        # Without files it is all zeros.
        return len(head) == tarfile.BLOCKSIZE and not any(head)
    return True


def _open_archive(stream: Any, stack: ExitStack) -> tarfile.TarFile:
    archive = tarfile.open(  # noqa: SIM115  (closed by `stack`)
        fileobj=stream, mode="r|", tarinfo=_Header, encoding="utf-8", errors="surrogateescape"
    )
    return stack.enter_context(archive)


def _entry(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Entry | MemberFailure:
    name = _name(info)
    refusal = None
    if info.issym() or info.islnk():
        refusal = (FailureCode.LINK, "It is a link, which is not followed.")
    elif not info.isreg():
        refusal = (FailureCode.SPECIAL_FILE, "It is a device or pipe, not a file.")
    elif info.issparse():
        refusal = (FailureCode.UNSUPPORTED, "It is a sparse file, which is not read.")
    if refusal is not None:
        return MemberFailure(name=shown_name(name), code=refusal[0], detail=refusal[1])
    return Entry(
        name=name,
        chunks=lambda: _read(archive, info),
        size_bytes=info.size,
        modified_at=_modified_at(info),
    )


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    try:
        file = archive.extractfile(info)
        while file is not None and (block := file.read(_READ_BYTES)):
            yield block
    except _UNREADABLE as error:
        raise MemberRefused(
            FailureCode.DAMAGED, "Its bytes in the archive are damaged or cut off."
        ) from error


def _name(info: tarfile.TarInfo) -> str:
    """The name; no header tells the encoding of one that is not UTF-8."""
    raw = info.name.encode("utf-8", errors="surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _modified_at(info: tarfile.TarInfo) -> datetime | None:
    try:
        # Zero is what reproducible builds write.
        return datetime.fromtimestamp(info.mtime, UTC) if info.mtime else None
    except (ValueError, OverflowError, OSError):
        return None
