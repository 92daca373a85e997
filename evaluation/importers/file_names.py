"""File names for documents whose ids come from anywhere."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_SHOWN_CHARS = 60
_HASH_CHARS = 16


def safe_file_name(document_id: str) -> str:
    """A file name without an ending: the same for the same id, another for another id.

    An id that is harmless on every file system stays as it is. Any other keeps what can be read of
    it, with `~` and a hash, which no harmless id holds; so no id leads out of its folder, and ids
    that differ in case alone stay apart where the file system does not tell case.
    """
    if _PLAIN.fullmatch(document_id) and not document_id.endswith("."):
        return document_id
    shown = _UNSAFE.sub("-", document_id)[:_SHOWN_CHARS].strip("-") or "document"
    digest = hashlib.sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{shown}~{digest[:_HASH_CHARS]}"
