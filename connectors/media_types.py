"""The media type that a file's name tells, the same on every machine."""

from __future__ import annotations

from mimetypes import MimeTypes

# The standard library knows these only where the system's own tables do.
_MORE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".epub": "application/epub+zip",
    ".jsonl": "application/jsonl",
    ".log": "text/plain",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".org": "text/org",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rst": "text/x-rst",
    ".rtf": "application/rtf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}

# One of its own, without the system's tables.
_TYPES = MimeTypes()
for _suffix, _type in _MORE.items():
    _TYPES.add_type(_type, _suffix)


def media_type_of(name: str) -> str | None:
    """None where the name tells none, or the file is compressed: `.tar.gz` is no `.tar`."""
    # A name may look like a URL to the library.
    mime, encoding = _TYPES.guess_type(f"./{name.rpartition('/')[2]}")
    return mime if encoding is None else None
