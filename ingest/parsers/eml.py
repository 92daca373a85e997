"""E-mail messages, by the standard library: its policy decodes headers and bodies as sent.

Not unstructured's `partition_email`: it takes the HTML part, whose layout tables it reads as one
table, and leaves the headers out of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import (
    Block,
    NoTextFound,
    ParsedDocument,
    ParseError,
    parsed_or_no_text,
)
from ingest.parsers.encoding import decode
from ingest.parsers.mail import (
    attachment_blocks,
    decode_body,
    header,
    header_blocks,
    html_blocks,
    refuse_encrypted,
)
from ingest.parsers.text import text_blocks

_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_MAX_NESTING = 10


class EmlParser:
    """The headers as first block, then the body; attachments are named, not read."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".eml", ".mht", ".mhtml"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"message/rfc822"})

    def parse(self, path: Path) -> ParsedDocument:
        data = path.read_bytes()
        if data.startswith(_BOMS) or b"\x00" in data[:200]:
            data = decode(data).encode("utf-8")
        if not data.strip():
            raise NoTextFound("The file holds no text.")
        try:
            message = message_from_bytes(data, policy=policy.default)
            if not message.keys():
                raise ParseError("It is not an e-mail message: it has no header lines.")
            blocks = list(_message_blocks(message, depth=0))
            return parsed_or_no_text(header(message, "Subject") or None, blocks)
        except (MessageError, LookupError, ValueError, AttributeError, TypeError) as error:
            # The header parser of the standard library fails in all these ways on bad addresses.
            raise ParseError("It is not a readable e-mail message.") from error


def _message_blocks(message: EmailMessage, *, depth: int) -> Iterator[Block]:
    yield from header_blocks(lambda name: header(message, name))
    refuse_encrypted(message.get_content_type())
    yield from _body_blocks(message)
    names: list[str] = []
    for part in _attachments(message):
        if part.get_content_type() == "message/rfc822" and depth < _MAX_NESTING:
            for inner in _parts(part):
                yield from _message_blocks(inner, depth=depth + 1)
        elif name := part.get_filename():
            names.append(name)
    yield from attachment_blocks(names)


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.iter_parts():
        # The type for which policy.default builds every part.
        if isinstance(part, EmailMessage):
            yield part


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """Every part below `message` that is no body text; not what is inside attached messages."""
    if not message.is_multipart() or message.get_content_type() == "message/rfc822":
        return
    for part in _parts(message):
        if part.get_content_maintype() == "multipart":
            yield from _attachments(part)
        elif part.is_attachment() or part.get_content_maintype() != "text":
            yield part


def _body_blocks(message: EmailMessage) -> Iterator[Block]:
    """Plain text if there is any, because it is what the sender's words are without layout; else
    HTML; of every part where the parts are not alternatives.
    """
    if message.get_content_type() == "multipart/alternative":
        parts = list(_parts(message))
        for wanted in ("plain", "html"):
            for part in parts:
                blocks = list(_body_blocks(part)) if _holds(part, wanted) else []
                if blocks:
                    yield from blocks
                    return
    elif message.get_content_maintype() == "multipart":
        for part in _parts(message):
            if not part.is_attachment():
                yield from _body_blocks(part)
    elif message.get_content_maintype() == "text":
        text = _text_of(message)
        if message.get_content_subtype() == "html":
            yield from html_blocks(text)
        else:
            yield from text_blocks(text)


def _holds(message: EmailMessage, subtype: str) -> bool:
    if message.get_content_maintype() == "multipart":
        return any(part.get_content_subtype() == subtype for part in message.walk())
    return message.get_content_subtype() == subtype


def _text_of(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decode_body(data, declared=part.get_content_charset())
