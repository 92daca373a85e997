"""A server's answer to PROPFIND, read as it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

PROPFIND = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/>'
    b"<d:getetag/><d:getlastmodified/><d:getcontentlength/><d:getcontenttype/><oc:fileid/>"
    b"</d:prop></d:propfind>"
)

_PROPERTIES = frozenset(
    {
        "{DAV:}getetag",
        "{DAV:}getlastmodified",
        "{DAV:}getcontentlength",
        "{DAV:}getcontenttype",
        "{http://owncloud.org/ns}fileid",
    }
)
_TEXTS = _PROPERTIES | {"{DAV:}href", "{DAV:}status"}
_MAX_TEXT_CHARS = 32_768


class MalformedMultistatus(ValueError):
    """It is no XML, no answer to PROPFIND, or has what no such answer needs."""


@dataclass(slots=True)
class Response:
    """What the server says of one resource. Properties by local name, as they are written."""

    href: str = ""
    status: int | None = None
    """Set where the server can say nothing else of it."""
    is_collection: bool = False
    properties: dict[str, str] = field(default_factory=dict)


def parse_multistatus(pieces: Iterable[bytes]) -> Iterator[Response]:
    """The responses in the server's order. Raises MalformedMultistatus."""
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    try:
        for piece in pieces:
            parser.feed(piece)
            yield from reader.taken()
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        # A LookupError is an encoding that Python does not know.
        raise MalformedMultistatus(type(error).__name__) from error
    yield from reader.taken()
    if not reader.is_multistatus:
        raise MalformedMultistatus("another root element")


class _Reader:
    """What the parser tells of, element by element."""

    def __init__(self) -> None:
        self.is_multistatus = False
        self._done: list[Response] = []
        self._open: list[str] = []
        self._response = Response()
        self._propstat = Response()
        self._text: list[str] | None = None
        self._chars = 0

    def taken(self) -> list[Response]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self.is_multistatus = tag == "{DAV:}multistatus"
        self._open.append(tag)
        if tag == "{DAV:}response":
            self._response = Response()
        elif tag == "{DAV:}propstat":
            self._propstat = Response()
        elif tag == "{DAV:}collection" and self._parent() == "{DAV:}resourcetype":
            self._propstat.is_collection = True
        self._text = [] if tag in _TEXTS else None
        self._chars = 0

    def data(self, text: str) -> None:
        if self._text is None:
            return
        self._chars += len(text)
        if self._chars > _MAX_TEXT_CHARS:
            raise ValueError("a property is too long")
        self._text.append(text)

    def end(self, tag: str) -> None:
        text = "".join(self._text).strip() if self._text is not None else ""
        self._text = None
        self._open.pop()
        parent = self._open[-1] if self._open else ""
        if tag in _PROPERTIES and parent == "{DAV:}prop":
            self._propstat.properties[tag.rpartition("}")[2]] = text
        elif tag == "{DAV:}href" and parent == "{DAV:}response":
            self._response.href = text
        elif tag == "{DAV:}status" and parent == "{DAV:}propstat":
            self._propstat.status = _status(text)
        elif tag == "{DAV:}status" and parent == "{DAV:}response":
            self._response.status = _status(text)
        elif tag == "{DAV:}propstat":
            self._take_propstat()
        elif tag == "{DAV:}response":
            self._done.append(self._response)

    def close(self) -> None:
        """The parser asks for a result; it has been taken."""

    def _take_propstat(self) -> None:
        # What is not there is listed as well, with the status 404.
        if self._propstat.status == 200:
            self._response.is_collection |= self._propstat.is_collection
            self._response.properties |= self._propstat.properties

    def _parent(self) -> str:
        return self._open[-2] if len(self._open) > 1 else ""


def _status(line: str) -> int:
    """Of a line like `HTTP/1.1 200 OK`. Raises ValueError."""
    return int(line.split()[1]) if len(line.split()) > 1 else 0
