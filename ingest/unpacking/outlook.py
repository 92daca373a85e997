"""Outlook messages: their attachments, by oxmsg."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ingest.parsers.zips import damaged, reporting_damage
from ingest.unpacking.contract import (
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


class MsgUnpacker:
    """Messages attached as Outlook items are reported, not taken out: they are not stored as files."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".msg"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/vnd.ms-outlook"})

    def recognises(self, head: bytes) -> bool:
        # Old Office files begin with the same bytes.
        return False

    def entries(self, path: Path, *, limits: UnpackLimits) -> Iterator[Entry | MemberFailure]:
        with path.open("rb") as file:
            if file.read(len(_OLE_MAGIC)) != _OLE_MAGIC:
                raise damaged(".msg")
        from oxmsg import Message

        with reporting_damage(".msg"):
            attachments = list(Message.load(str(path)).attachments)
        names: set[str] = set()
        for number, attachment in enumerate(attachments, start=1):
            with reporting_damage(".msg"):
                entry = _entry(attachment, number, names)
            yield entry


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
