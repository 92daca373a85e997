"""Reading a request's body within limits, and to disk: by FastAPI's own means it would be stored
whole, whatever its size, and before the caller's key is looked at.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from serving.uploads.errors import InvalidUploadForm, UploadIncomplete, UploadTooLarge

FILES = "files"
FIELDS = frozenset({"source_id", "external_id", "path", "acl"})
MAX_FILES = 1_000
MAX_TOTAL_FACTOR = 10
"""How many files of the largest size one request may bring."""
_MAX_FIELD_BYTES = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file of the form. Of one that is too large, a byte more than allowed was kept."""

    name: str
    mime: str | None
    content: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """What a multipart body said. The files are open for as long as the spool is."""

    fields: dict[str, list[str]]
    files: list[ReceivedFile]

    def find(self, name: str) -> str | None:
        """A field that may be there once. Raises InvalidUploadForm."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise InvalidUploadForm(f"The field {name!r} is there twice. Give it once.")
        return values[0] if values else None


async def body_pieces(request: Request, *, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises UploadTooLarge, as soon as it is known, UploadIncomplete."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        require_size(int(declared), max_bytes=max_bytes)
    received = 0
    try:
        async for piece in request.stream():
            received += len(piece)
            require_size(received, max_bytes=max_bytes)
            yield piece
    except ClientDisconnect as error:
        raise UploadIncomplete("The request broke off. Send it again.") from error


async def receive_form(request: Request, spool: IO[bytes], *, max_file_bytes: int) -> UploadForm:
    """Read a multipart body, its files into `spool`, one behind the other.

    Raises InvalidUploadForm, UploadIncomplete; UploadTooLarge for the form as a whole.
    """
    reader = _FormReader(request.headers.get("content-type", ""), spool, max_file_bytes)
    max_bytes = MAX_TOTAL_FACTOR * max_file_bytes + _MAX_FIELD_BYTES
    async for piece in body_pieces(request, max_bytes=max_bytes):
        await run_in_threadpool(reader.feed, piece)
    return reader.finish()


def require_size(size_bytes: int, *, max_bytes: int) -> None:
    """Raises UploadTooLarge above the limit."""
    if size_bytes > max_bytes:
        raise UploadTooLarge(
            f"It is larger than the limit of {max_bytes:,} bytes.", limit_bytes=max_bytes
        )


@dataclass(slots=True)
class _Part:
    """A part of the body: its headers, and either a field's value or where the file's bytes are."""

    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    filename: str | None = None
    value: bytearray = field(default_factory=bytearray)
    start: int = 0
    size_bytes: int = 0


class _FormReader:
    """Takes a multipart body piece by piece."""

    def __init__(self, content_type: str, spool: IO[bytes], max_file_bytes: int) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidUploadForm("Send a form: Content-Type: multipart/form-data.")
        self._spool = spool
        self._max_file_bytes = max_file_bytes
        self._fields: dict[str, list[str]] = {}
        self._files: list[ReceivedFile] = []
        self._field_bytes = 0
        self._part = _Part()
        self._header = bytearray()
        self._header_value = bytearray()
        self._is_whole = False
        callbacks: Any = {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, a, b: self._header.extend(data[a:b]),
            "on_header_value": lambda data, a, b: self._header_value.extend(data[a:b]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": lambda data, a, b: self._take(data[a:b]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise InvalidUploadForm("The form's boundary is too long.") from error

    def feed(self, piece: bytes) -> None:
        """Raises InvalidUploadForm."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise InvalidUploadForm("The form is not valid multipart/form-data.") from error

    def finish(self) -> UploadForm:
        """Raises InvalidUploadForm unless the form came to its end."""
        if not self._is_whole:
            raise InvalidUploadForm("The form ends before its last boundary. Send it again.")
        return UploadForm(fields=self._fields, files=self._files)

    def _begin_part(self) -> None:
        self._part = _Part(start=self._spool.tell())

    def _end_header(self) -> None:
        name = self._header.decode("latin-1").lower()
        self._part.headers[name] = self._header_value.decode("latin-1")
        self._header.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._part.headers.get("content-disposition", ""))
        self._part.name = _text(options.get(b"name", b""))
        if b"filename" in options:
            self._part.filename = _text(options[b"filename"])
        is_file = self._part.filename is not None
        if is_file != (self._part.name == FILES) or not (is_file or self._part.name in FIELDS):
            # A misspelt field that says who may read must not be ignored.
            raise InvalidUploadForm(
                f"The form may have the files {FILES!r}, and the fields "
                f"{', '.join(sorted(FIELDS))}; not {self._part.name!r}."
            )
        if is_file and len(self._files) == MAX_FILES:
            raise InvalidUploadForm(f"A form may have {MAX_FILES:,} files. Send several forms.")

    def _take(self, data: bytes) -> None:
        if self._part.filename is not None:
            kept = data[: self._max_file_bytes + 1 - self._part.size_bytes]
            self._spool.write(kept)
            self._part.size_bytes += len(kept)
            return
        self._field_bytes += len(data)
        if self._field_bytes > _MAX_FIELD_BYTES:
            raise InvalidUploadForm("The form's fields are too long.")
        self._part.value.extend(data)

    def _end_part(self) -> None:
        part = self._part
        if part.filename is None:
            self._fields.setdefault(part.name, []).append(_text(bytes(part.value)))
            return
        section = _Section(self._spool, part.start, part.size_bytes)
        self._files.append(
            ReceivedFile(
                name=part.filename,
                mime=part.headers.get("content-type"),
                content=io.BufferedReader(section),
            )
        )

    def _end(self) -> None:
        self._is_whole = True


class _Section(io.RawIOBase):
    """A part of another file as a file of its own. Only one section at a time may be read."""

    def __init__(self, file: IO[bytes], start: int, size_bytes: int) -> None:
        self._file = file
        self._start = start
        self._size_bytes = size_bytes
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(buffer), max(0, self._size_bytes - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _text(data: bytes) -> str:
    """Browsers and curl send UTF-8 and do not say so."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
