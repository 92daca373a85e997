"""What every mail becomes, whichever format it was saved in: headers, body, attachments' names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from email.message import Message

from ingest.parsers.contract import Block, BlockKind, EncryptedDocument, ParseError
from ingest.parsers.encoding import decode
from ingest.parsers.markup import blocks_of, parse_html

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


def header_blocks(value_of: Callable[[str], str]) -> Iterator[Block]:
    """One block of those headers that readers care about; `value_of` gives "" for a missing one."""
    lines = [f"{name}: {value}" for name in _HEADERS if (value := value_of(name))]
    if lines:
        yield Block(kind=BlockKind.PARAGRAPH, text="\n".join(lines))


def header(message: Message, name: str) -> str:
    """The header's value on one line, "" if it is missing."""
    value = message.get(name)
    return "" if value is None else " ".join(str(value).split())


def refuse_encrypted(content_type: str) -> None:
    """Raises EncryptedDocument if this is the type of an encrypted message."""
    if content_type in _ENCRYPTED:
        raise encrypted()


def encrypted() -> EncryptedDocument:
    return EncryptedDocument("The message is encrypted; store it decrypted.")


def attachment_blocks(names: Iterable[str]) -> Iterator[Block]:
    """One block that names what is attached and was not read."""
    if shown := [" ".join(name.split()) for name in names]:
        yield Block(kind=BlockKind.PARAGRAPH, text=f"Attachments: {', '.join(shown)}")


def html_blocks(text: str) -> list[Block]:
    """The blocks of an HTML body."""
    root = parse_html(text)
    return blocks_of(root) if root is not None else []


def decode_body(data: bytes, *, declared: str | None) -> str:
    """A body's text. With a wrong or unknown charset, what is readable counts for more than a lost
    message.
    """
    try:
        return decode(data, declared=declared)
    except ParseError:
        return data.decode("utf-8", errors="replace")
