"""E-mail messages: their attachments, and messages attached to them."""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from mimetypes import guess_extension
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import ParseError
from ingest.parsers.encoding import decode
from ingest.parsers.mail import header, refuse_encrypted
from ingest.unpacking.contract import (
    Entries,
    Entry,
    FailureCode,
    MemberFailure,
    MemberRefused,
    UnpackLimits,
)
from ingest.unpacking.names import numbered, safe_filename

_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_MESSAGE = "message/rfc822"
# Signatures, keys, and reports of delivery: for programs, not for readers.
_MACHINE_TYPES = frozenset(
    "application/pkcs7-signature application/x-pkcs7-signature application/pgp-signature "
    "application/pgp-keys message/delivery-status message/disposition-notification "
    "text/rfc822-headers".split()
)
# Logos and smileys in the text. A picture of something is larger.
_MIN_INLINE_IMAGE_BYTES = 50 * 1000
# What the header parser of the standard library raises on bad headers.
_UNREADABLE = (MessageError, LookupError, ValueError, AttributeError, TypeError)
# Written as it was read, as far as the parser kept it.
_AS_READ = policy.default.clone(refold_source="none")


class MailUnpacker:
    """Bodies are left out: they are the message's own text."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".eml"})
    mime_types: ClassVar[frozenset[str]] = frozenset({_MESSAGE})

    def recognises(self, head: bytes) -> bool:
        return False

    def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
        try:
            message = _read_message(path)
            refuse_encrypted(message.get_content_type())
            parts = list(_attached_parts(message)) or _sole_content(message)
            sent_at = _sent_at(message)
        except (*_UNREADABLE, RecursionError) as error:
            raise ParseError("It is not a readable e-mail message.") from error
        names: set[str] = set()
        for number, part in enumerate(parts, start=1):
            name = numbered(_name(part, number), taken=names)
            try:
                data = _data(part)
            except MemberRefused as error:
                yield MemberFailure(name=name, code=error.code, detail=error.detail)
                continue
            if _is_decoration(part, size_bytes=len(data)):
                continue
            yield Entry(
                name=name,
                chunks=lambda data=data: iter((data,)),  # type: ignore[misc]  # Bound now.
                mime=part.get_content_type(),
                size_bytes=len(data),
                modified_at=sent_at,
            )


def _read_message(path: Path) -> EmailMessage:
    data = path.read_bytes()
    if data.startswith(_BOMS) or b"\x00" in data[:200]:
        data = decode(data).encode("utf-8")
    message = message_from_bytes(data, policy=policy.default)
    if not message.keys():
        raise ParseError("It is not an e-mail message: it has no header lines.")
    return message


def _attached_parts(message: Message) -> Iterator[Message]:
    """What is attached or has a file name, in order; not what is inside attached messages."""
    if message.get_content_type() == _MESSAGE or message.get_content_maintype() != "multipart":
        return
    for part in message.get_payload():
        if not isinstance(part, Message):
            continue
        if part.get_content_maintype() == "multipart":
            yield from _attached_parts(part)
        elif part.get_content_type() not in _MACHINE_TYPES and _is_attached(part):
            yield part


def _sole_content(message: Message) -> list[Message]:
    """The message itself where it is nothing but a file, as scanners send them."""
    is_text = message.get_content_maintype() in ("text", "multipart", "message")
    return [] if is_text else [message]


def _is_attached(part: Message) -> bool:
    return (
        part.get_content_disposition() == "attachment"
        or part.get_content_type() == _MESSAGE
        or _filename(part) != ""
    )


def _is_decoration(part: Message, *, size_bytes: int) -> bool:
    is_inline = part.get_content_disposition() != "attachment"
    return (
        is_inline
        and part.get_content_maintype() == "image"
        and size_bytes < _MIN_INLINE_IMAGE_BYTES
    )


def _name(part: Message, number: int) -> str:
    name = _filename(part)
    if part.get_content_type() == _MESSAGE:
        name = name or _subject(part) or f"message-{number}"
        return safe_filename(name if name.lower().endswith(".eml") else f"{name}.eml")
    default = f"attachment-{number}{guess_extension(part.get_content_type()) or ''}"
    return safe_filename(name, default=default)


def _filename(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except _UNREADABLE:
        return ""


def _subject(part: Message) -> str:
    inner = _inner_message(part)
    try:
        return "" if inner is None else header(inner, "Subject")
    except _UNREADABLE:
        return ""


def _inner_message(part: Message) -> Message | None:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return None


def _data(part: Message) -> bytes:
    """The attachment's bytes. Raises MemberRefused."""
    try:
        if part.get_content_type() != _MESSAGE:
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
        inner = _inner_message(part)
        if inner is None:
            raise _damaged()
        return _decoded(part, inner.as_bytes(policy=_AS_READ))
    except (*_UNREADABLE, RecursionError) as error:
        raise _damaged() from error


def _decoded(part: Message, data: bytes) -> bytes:
    """Attached messages must not be encoded, and some are; the parser then takes it for text."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(data.lstrip())
    if encoding == "base64":
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error:
            return data
    return data


def _damaged() -> MemberRefused:
    return MemberRefused(FailureCode.DAMAGED, "The attached message cannot be read.")


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        sent_at = getattr(message["Date"], "datetime", None)
        if not isinstance(sent_at, datetime):
            return None
        # "-0000" means UTC without a word on where the sender was.
        return (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)).astimezone(UTC)
    except (*_UNREADABLE, OverflowError):
        return None
