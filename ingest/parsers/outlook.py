"""One Outlook message, read by oxmsg. Imported when the first one comes.

Source: [MS-OXMSG], [MS-OXPROPS].
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_string, policy
from email.errors import MessageError
from email.utils import format_datetime
from pathlib import Path

from oxmsg import Message
from oxmsg.domain import constants
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.recipient import Recipient

from ingest.parsers.compressed_rtf import decompress_rtf
from ingest.parsers.contract import Block
from ingest.parsers.mail import (
    attachment_blocks,
    decode_body,
    encrypted,
    header,
    header_blocks,
    html_blocks,
    refuse_encrypted,
)
from ingest.parsers.pandoc import pandoc_blocks
from ingest.parsers.text import text_blocks

# S/MIME: the text is in an attachment.
_ENCRYPTED_CLASSES = {"ipm.note.smime", "ipm.note.secure"}
# Rights management: the body only says how to open the real one.
_RIGHTS_MANAGED = "application/x-microsoft-rpmsg-message"
_RECIPIENT_TYPES = {"To": 1, "Cc": 2}
# The other bytes hold flags.
_RECIPIENT_TYPE_MASK = 0xFF


class OutlookMessage:
    """A message's headers and blocks.

    Each method raises EncryptedDocument, or what `reporting_damage` reports.
    """

    def __init__(self, path: Path) -> None:
        self._message = Message.load(str(path))
        try:
            self._properties = self._message.properties
            headers = self._properties.str_prop_value(constants.PID_TRANSPORT_MESSAGE_HEADERS)
        except (UnrecognizedCodePageError, UnsupportedEncodingError) as error:
            raise ValueError("its code page is not known") from error
        self._sent = message_from_string(headers or "", policy=policy.default)

    def header(self, name: str) -> str:
        """From, To, Cc, Date or Subject as it was sent, else as Outlook keeps it; "" if neither."""
        if name == "Subject":
            return " ".join(self._message.subject.split())
        try:
            as_sent = header(self._sent, name)
        except MessageError:
            as_sent = ""
        return as_sent or self._kept(name)

    def blocks(self) -> Iterator[Block]:
        """The headers, the body, and the names of the attachments."""
        yield from header_blocks(self.header)
        attachments = self._message.attachments
        refuse_encrypted(self._sent.get_content_type())
        if self._message.message_class.lower() in _ENCRYPTED_CLASSES or any(
            attachment.mime_type == _RIGHTS_MANAGED for attachment in attachments
        ):
            raise encrypted()
        yield from self._body_blocks()
        yield from attachment_blocks(
            attachment.file_name
            or attachment.properties.str_prop_value(constants.PID_DISPLAY_NAME)
            or "unnamed"
            for attachment in attachments
        )

    def _kept(self, name: str) -> str:
        if name == "From":
            address = self._properties.str_prop_value(constants.PID_SENDER_SMTP_ADDRESS)
            address = address or self._properties.str_prop_value(constants.PID_SENDER_EMAIL_ADDRESS)
            names = (constants.PID_SENDER_NAME, constants.PID_SENT_REPRESENTING_NAME)
            return _mailbox(
                next(filter(None, map(self._properties.str_prop_value, names)), ""), address or ""
            )
        if name == "Date":
            sent_at = self._message.sent_date
            return "" if sent_at is None else format_datetime(sent_at)
        return ", ".join(
            _mailbox(recipient.name, recipient.email_address)
            for recipient in self._message.recipients
            if _recipient_type(recipient) == _RECIPIENT_TYPES[name]
        )

    def _body_blocks(self) -> list[Block]:
        """Plain text if there is any, as in other mails; else HTML; else rich text."""
        blocks = list(text_blocks(self._message.body or ""))
        if not blocks:
            blocks = html_blocks(self._html())
        if not blocks:
            rich_text = self._properties.binary_prop_value(constants.PID_RTF_COMPRESSED)
            blocks = pandoc_blocks(decompress_rtf(rich_text), source="rtf") if rich_text else []
        return blocks

    def _html(self) -> str:
        """oxmsg's `html_body` loses a message whose code page is not the one that it states."""
        data = self._properties.binary_prop_value(constants.PID_HTML)
        if data is None:
            return self._properties.str_prop_value(constants.PID_BODY_HTML) or ""
        return decode_body(data, declared=self._properties.body_encoding)


def _recipient_type(recipient: Recipient) -> int:
    kind = recipient.properties.int_prop_value(constants.PID_RECIPIENT_TYPE)
    return _RECIPIENT_TYPES["To"] if kind is None else kind & _RECIPIENT_TYPE_MASK


def _mailbox(name: str, address: str) -> str:
    """`Ana <ana@acme.test>`. An Exchange path (`/O=ACME/…`) is no address that a reader knows."""
    name = " ".join(name.split())
    if "@" not in address or address == name:
        return name or ("" if address.startswith("/") else address)
    return f"{name} <{address}>" if name else address
