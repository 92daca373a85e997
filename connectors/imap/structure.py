"""A message's parts, as a server describes them without sending them (RFC 3501, BODYSTRUCTURE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value, decode_params, unquote
from mimetypes import guess_extension
from typing import Any

_MAX_NESTING = 20
_MAX_ENCLOSED_BYTES = 2 * 1024**2
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature"} | {
    "application/x-pkcs7-signature",
    "application/pgp-keys",
}
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


class UnknownStructure(ValueError):
    """The server's description is not what the standard says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message. `section` is the number that fetches it, "" for all of a multipart."""

    section: str
    mime: str
    children: tuple[Part, ...] = ()
    boundary: str | None = None
    encoding: str = "7bit"
    size_bytes: int = 0
    """As encoded. Of a multipart, it is known for a whole message alone."""
    disposition: str | None = None
    name: str | None = None
    is_referred_to: bool = False
    """Whether it has a Content-ID, by which a text shows it as a picture."""

    @property
    def is_multipart(self) -> bool:
        return self.mime.startswith("multipart/")

    @property
    def is_encrypted(self) -> bool:
        return self.mime in _ENCRYPTED

    @property
    def is_text(self) -> bool:
        """Whether it belongs to what the message says, not to what is attached to it."""
        if self.mime == "message/rfc822":
            # A forwarded message is read with the one that forwards it.
            return self.size_bytes <= _MAX_ENCLOSED_BYTES
        is_attached = self.disposition == "attachment" or self.name is not None
        return self.mime in {"text/plain", "text/html"} and not is_attached

    @property
    def file_name(self) -> str | None:
        """None where it is no file, as which nothing counts that a mail program shows as text."""
        if self.is_text or self.mime in _SIGNATURES:
            return None
        if self.name or (self.disposition != "attachment" and self.mime != "message/rfc822"):
            return self.name or None
        return f"part-{self.section}{guess_extension(self.mime) or ''}"

    def leaves(self) -> Iterator[Part]:
        """The parts that are not made of others."""
        if not self.is_multipart:
            yield self
        for child in self.children:
            yield from child.leaves()

    def attachments(self, *, min_image_bytes: int) -> Iterator[Part]:
        """The files that came with the message; not what only decorates or proves its text."""
        if self.is_encrypted:
            return
        for leaf in self.leaves():
            is_decoration = (
                leaf.mime.startswith("image/")
                and (leaf.disposition == "inline" or leaf.is_referred_to)
                and leaf.size_bytes < min_image_bytes
            )
            if leaf.file_name and not is_decoration:
                yield leaf


UNDESCRIBED = Part(section="", mime="multipart/mixed")
"""Of a message of which only the whole can be had."""


def parse_structure(body: Any, section: str = "", depth: int = 0) -> Part:
    """Raises UnknownStructure."""
    if depth > _MAX_NESTING:
        raise UnknownStructure("parts within parts without end")
    try:
        if body.is_multipart:
            return _multipart(body, section, depth)
        return _leaf(body, section or "1")
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise UnknownStructure(str(error)) from error


def _multipart(body: Any, section: str, depth: int) -> Part:
    prefix = f"{section}." if section else ""
    children = tuple(
        parse_structure(child, f"{prefix}{number}", depth + 1)
        for number, child in enumerate(body[0], 1)
    )
    parameters = _parameters(body[2]) if len(body) > 2 else {}
    return Part(
        section=section,
        mime=f"multipart/{_text(body[1]).lower()}",
        children=children,
        boundary=parameters.get("boundary"),
    )


def _leaf(body: Any, section: str) -> Part:
    mime = f"{_text(body[0])}/{_text(body[1])}".lower()
    parameters = _parameters(body[2])
    # Between the size and the extensions come an envelope, a structure and a number of lines for
    # messages, and a number of lines for texts.
    extensions = 10 if mime == "message/rfc822" else 8 if mime.startswith("text/") else 7
    found = body[extensions + 1] if len(body) > extensions + 1 else None
    disposition, file_name = _disposition(found)
    return Part(
        section=section,
        mime=mime,
        encoding=_text(body[5] or b"7bit").lower(),
        size_bytes=int(body[6] or 0),
        disposition=disposition,
        name=file_name or parameters.get("name"),
        is_referred_to=bool(body[3]),
    )


def _disposition(found: Any) -> tuple[str | None, str | None]:
    """How the part is to be shown, and the name of its file."""
    if isinstance(found, bytes):
        # Some servers hand the header over as it is.
        header = Message()
        header["Content-Disposition"] = _text(found)
        return header.get_content_disposition(), header.get_filename()
    if not found:
        return None, None
    return _text(found[0]).lower(), _parameters(found[1]).get("filename")


def _parameters(pairs: Any) -> dict[str, str]:
    """By lower-case name, in whichever of three ways the sender encoded the values."""
    if not pairs:
        return {}
    raw = [(_text(pairs[i]).lower(), _text(pairs[i + 1])) for i in range(0, len(pairs) - 1, 2)]
    # The first of the list is taken for the header's main value.
    decoded = decode_params([("", ""), *raw])[1:]
    return {name: _words(_collapsed(value)) for name, value in decoded}


def _collapsed(value: str | tuple[str | None, str | None, str]) -> str:
    collapsed = collapse_rfc2231_value(value)
    return unquote(collapsed) if isinstance(value, tuple) else collapsed


def _words(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        return value


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
