"""Messages put together again without their attached files, which are documents themselves."""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Container, Iterator, Mapping
from email.header import Header
from email.parser import BytesHeaderParser

from connectors.imap.structure import Part

MIME = "message/rfc822"
_WHOLE = ""
_ENVELOPE = ("From", "To", "Cc", "Date", "Subject")
_ENCRYPTED = b"(This message is encrypted and not shown.)\r\n"


def sections_of(structure: Part) -> list[str]:
    """What must be fetched to put the message together."""
    if not _can_be_taken_apart(structure):
        return [_WHOLE]
    return ["HEADER", *_sections(structure)]


def size_of(structure: Part, sections: Container[str]) -> int:
    """About how many bytes, as encoded, the sections have together."""
    if _WHOLE in sections:
        return structure.size_bytes
    return sum(leaf.size_bytes for leaf in structure.leaves() if leaf.section in sections)


def message(structure: Part, sections: Mapping[str, bytes]) -> Iterator[bytes]:
    """The message as it was sent, with nothing in the place of each attached file."""
    if _WHOLE in sections:
        yield sections[_WHOLE]
        return
    yield sections["HEADER"]
    yield from _body(structure, sections)


def sealed(header: bytes) -> Iterator[bytes]:
    """What stands for an encrypted message among others."""
    parsed = BytesHeaderParser().parsebytes(header)
    for name in _ENVELOPE:
        value = parsed.get(name)
        if value is not None:
            yield f"{name}: {value}\r\n".encode("utf-8", "replace")
    yield b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + _ENCRYPTED


class Digest:
    """Several messages in one: each is a part of it, whole with its own header."""

    def __init__(self, subject: str, *, boundary: str) -> None:
        self._subject = subject
        self._boundary = boundary

    def begin(self) -> bytes:
        """What comes before the first message."""
        subject = Header(self._subject, "utf-8").encode(linesep="\r\n")
        return (
            f"Subject: {subject}\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/mixed; boundary="{self._boundary}"\r\n\r\n'
        ).encode()

    def next(self) -> bytes:
        """What comes before each message."""
        return f"--{self._boundary}\r\nContent-Type: {MIME}\r\n\r\n".encode()

    def after(self) -> bytes:
        """What comes after each message."""
        return b"\r\n"

    def end(self) -> bytes:
        """What comes after the last one."""
        return f"--{self._boundary}--\r\n".encode()


def decoded(content: bytes, encoding: str) -> bytes:
    """An attached file's own bytes. Raises ValueError if they are not what `encoding` says."""
    if encoding == "base64":
        try:
            return base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    return content


def _can_be_taken_apart(structure: Part) -> bool:
    """Without a boundary there is nothing to put the parts together with."""
    if structure.is_multipart and not structure.boundary:
        return False
    return all(_can_be_taken_apart(child) for child in structure.children)


def _sections(part: Part) -> Iterator[str]:
    for child in part.children:
        yield f"{child.section}.MIME"
        yield from _sections(child)
    if not part.is_multipart and part.is_text:
        yield part.section


def _body(part: Part, sections: Mapping[str, bytes]) -> Iterator[bytes]:
    if not part.is_multipart:
        yield sections.get(part.section, b"")
        return
    for child in part.children:
        yield f"--{part.boundary}\r\n".encode()
        yield sections[f"{child.section}.MIME"]
        yield from _body(child, sections)
        yield b"\r\n"
    yield f"--{part.boundary}--\r\n".encode()
