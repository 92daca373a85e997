"""What a collection has in it, with names instead of hrefs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote_to_bytes, urlsplit

from connectors.media_types import media_type_of
from connectors.webdav.multistatus import Response

_NO_SPECIFIC_TYPE = frozenset({"", "application/octet-stream", "httpd/unix-directory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A member of a collection, or the collection itself, whose name is ""."""

    name: str
    is_collection: bool
    problem: str | None = None
    """Why the server says nothing of it, or we can do nothing with it."""
    revision: str | None = None
    mime: str | None = None
    size_bytes: int | None = None
    updated_at: datetime | None = None
    file_id: str | None = None
    """What names it for ever, where the server says so."""


def resources_of(responses: Iterable[Response], *, collection_url: str) -> Iterator[Resource]:
    """The collection and its members; what lies elsewhere is left out, whoever names it."""
    parent = _segments(collection_url)
    for response in responses:
        segments = _segments(response.href)
        if segments[: len(parent)] != parent or len(segments) > len(parent) + 1:
            continue
        raw = segments[len(parent)] if len(segments) > len(parent) else b""
        if raw in (b".", b".."):
            continue
        yield _resource(raw, response)


def encoded(path: str) -> str:
    """A path as it stands in a URL."""
    return "/".join(quote(segment, safe="") for segment in path.split("/"))


def _segments(url: str) -> list[bytes]:
    """Of the path alone: behind a proxy the server may know itself by another name."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return []
    return [unquote_to_bytes(segment) for segment in path.split("/") if segment]


def _resource(raw: bytes, response: Response) -> Resource:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = ""
    if raw and (not name or "\0" in name or "/" in name):
        return Resource(
            name=quote(raw, safe=""),
            is_collection=response.is_collection,
            problem="The name has a slash, a NUL or bytes that are no UTF-8. Rename it.",
        )
    if response.status is not None and response.status != 200:
        return Resource(
            name=name,
            is_collection=True,  # It may be.
            problem=f"The server says nothing of it but the status {response.status}.",
        )
    properties = response.properties
    size = properties.get("getcontentlength", "")
    return Resource(
        name=name,
        is_collection=response.is_collection,
        revision=_revision(properties),
        mime=_mime(name, properties.get("getcontenttype", "")),
        size_bytes=int(size[:18]) if size.isascii() and size.isdigit() else None,
        updated_at=_time(properties.get("getlastmodified", "")),
        file_id=properties.get("fileid") or None,
    )


def _revision(properties: dict[str, str]) -> str | None:
    if etag := properties.get("getetag"):
        return etag.removeprefix("W/").strip('"')
    if modified := properties.get("getlastmodified"):
        return f"{modified} {properties.get('getcontentlength', '')}"
    return None


def _mime(name: str, declared: str) -> str | None:
    """The server's word, unless a name like `a.md` says more."""
    mime = declared.partition(";")[0].strip().lower()
    if mime in _NO_SPECIFIC_TYPE or "/" not in mime:
        return media_type_of(name) or ("/" in mime and mime) or None
    return mime


def _time(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
