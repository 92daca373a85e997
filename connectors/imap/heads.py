"""What a message's header says about where it belongs."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parsedate_to_datetime

FIELDS = ("MESSAGE-ID", "IN-REPLY-TO", "REFERENCES", "SUBJECT", "DATE")

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_MAX_REFERENCES = 100
_MAX_SUBJECT_CHARS = 500
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_MAX_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`key` tells contents apart, wherever the message is kept; `message_id` names the message."""

    message_id: str
    key: str
    references: tuple[str, ...]
    """Messages of the same thread, oldest first, the one that is answered last."""
    subject: str
    date: datetime


def parse_head(header: bytes, *, received_at: datetime, size_bytes: int) -> Head:
    """Never fails: a header may be anything."""
    message = HeaderParser().parsestr(_decoded(header))
    references = _MESSAGE_ID.findall(_raw(message, "References"))
    answered = _MESSAGE_ID.findall(_raw(message, "In-Reply-To"))
    own = _MESSAGE_ID.findall(_raw(message, "Message-ID"))
    nameless = hashlib.sha256(header + str(size_bytes).encode()).hexdigest()
    message_id = own[0] if own else f"{nameless}@nameless.invalid"
    # The oldest is the thread's; those in the middle are the first to be left out.
    chain = dict.fromkeys([*references[:1], *references[-_MAX_REFERENCES:], *answered[:1]])
    chain.pop(message_id, None)
    key = f"{message_id}\n{size_bytes}\n{received_at.isoformat()}"
    return Head(
        message_id=message_id,
        key=hashlib.sha256(key.encode()).hexdigest()[:24],
        references=tuple(chain),
        subject=_subject(message),
        date=_date(message, received_at),
    )


def _decoded(header: bytes) -> str:
    """Letters other than ASCII's ought to be encoded there, and often are not."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("cp1252", "replace")


def _subject(message: Message) -> str:
    raw = _raw(message, "Subject")
    try:
        decoded = str(make_header(decode_header(raw)))
    except (MessageError, LookupError, ValueError):
        decoded = raw
    return " ".join(_clean(decoded).split())[:_MAX_SUBJECT_CHARS]


def _date(message: Message, received_at: datetime) -> datetime:
    """When it was sent, if that can be true."""
    try:
        sent = parsedate_to_datetime(_raw(message, "Date"))
        sent = sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return received_at
    return sent if _EARLIEST < sent <= received_at + _MAX_AHEAD else received_at


def _raw(message: Message, name: str) -> str:
    return _clean(str(message.get(name, "")))


def _clean(text: str) -> str:
    """Without the surrogates of broken encodings, which no database takes."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
