"""Outlook messages: their attachments, by oxmsg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ingest.parsers.contract import ParseError
from ingest.parsers.zips import damaged, reporting_damage
from ingest.unpacking.contract import (
    Entries,
    Entry,
    FailureCode,
    MemberFailure,
    UnpackLimits,
)
from ingest.unpacking.names import numbered, safe_filename

if TYPE_CHECKING:
    from oxmsg.attachment import Attachment

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_TYPE = "application/octet-stream"


class OutlookUnpacker:
    """Attached Outlook items are reported, not taken out: they are not stored as files."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".msg"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/vnd.ms-outlook"})

    def recognises(self, head: bytes) -> bool:
        # Old Office files begin with the same bytes.
        return False

    def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
        with path.open("rb") as file:
            if file.read(len(_OLE_MAGIC)) != _OLE_MAGIC:
                raise damaged(".msg")
        from oxmsg import Message

        with _reporting_damage():
            attachments = list(Message.load(str(path)).attachments)
        names: set[str] = set()
        for number, attachment in enumerate(attachments, start=1):
            entry: Entry | MemberFailure
            try:
                with _reporting_damage():
                    entry = _entry(attachment, number, names)
            except ParseError as error:
                name = numbered(f"attachment-{number}", taken=names)
                entry = MemberFailure(name=name, code=FailureCode.DAMAGED, detail=error.detail)
            yield entry


@contextmanager
def _reporting_damage() -> Iterator[None]:
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    try:
        with reporting_damage(".msg"):
            yield
    except (UnrecognizedCodePageError, UnsupportedEncodingError) as error:
        raise damaged(".msg") from error


def _entry(attachment: Attachment, number: int, names: set[str]) -> Entry | MemberFailure:
    name = safe_filename(attachment.file_name or "", default=f"attachment-{number}")
    name = numbered(name, taken=names)
    data = attachment.file_bytes
    if data is None:
        return MemberFailure(
            name=name,
            code=FailureCode.UNSUPPORTED,
            detail="It is an Outlook item within the message, or a link to a file; attach the file "
            "itself, or save the message as .eml.",
        )
    return Entry(
        name=name,
        chunks=lambda: iter((data,)),
        mime=None if attachment.mime_type == _NO_TYPE else attachment.mime_type,
        size_bytes=len(data),
        modified_at=attachment.last_modified,
    )
