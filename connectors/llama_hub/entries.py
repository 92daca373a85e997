"""From LlamaIndex's documents to ours: a name that lasts, a revision, and the bytes of a file."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from llama_index.core.schema import Document

from connectors.contract import SourceMisconfigured
from connectors.llama_hub.config import LlamaHubConfig

_MARKDOWN = frozenset({".md", ".markdown"})
_PLAIN = frozenset({".txt", ".text"})
_SUFFIXES = {"markdown": ".md", "text": ".txt"}
_DEFAULT_ID_METADATA = ("file_path", "page_label")
_RANDOM_UUID_VERSION = 4
_MAX_KEYS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document of the source, whole."""

    external_id: str
    revision: str
    path: str
    uri: str
    mime: str
    content: bytes


def entries(documents: Iterable[Document], config: LlamaHubConfig) -> Iterator[Entry]:
    """Neighbours with the same id are parts of one document: a Markdown file by its headings.

    Raises SourceMisconfigured where nothing names a document for ever.
    """
    for external_id, group in itertools.groupby(documents, key=lambda d: stable_id(d, config)):
        yield _entry(external_id, list(group), config)


def stable_id(document: Document, config: LlamaHubConfig) -> str:
    """The document's name in every run. Raises SourceMisconfigured if there is none."""
    metadata = document.metadata
    if config.id_metadata:
        if missing := [key for key in config.id_metadata if metadata.get(key) in (None, "")]:
            raise SourceMisconfigured(
                f"A document has no {', '.join(missing)}, which id_metadata names. "
                f"{_what_there_is(metadata)}"
            )
        return _joined(config.id_metadata, metadata)
    if config.has_stable_ids or not _is_random(document.id_):
        return document.id_
    if metadata.get(_DEFAULT_ID_METADATA[0]):
        return _joined(_DEFAULT_ID_METADATA, metadata)
    raise SourceMisconfigured(
        "The reader gives its documents random ids, so that each run would add all of them and "
        "delete those of the run before. Name metadata in id_metadata that stay the same and are "
        "different for each document; or set has_stable_ids, if the ids only look random. "
        f"{_what_there_is(metadata)}"
    )


def _entry(external_id: str, parts: list[Document], config: LlamaHubConfig) -> Entry:
    metadata = parts[0].metadata
    text = "\n\n".join(part.text or "" for part in parts)
    title = _first(config.title_metadata, metadata)
    path = _path(_first(config.path_metadata, metadata) or external_id, config)
    uri = _first(config.uri_metadata, metadata)
    is_markdown = PurePosixPath(path).suffix.lower() in _MARKDOWN
    return Entry(
        external_id=external_id,
        revision=_revision(parts, config),
        path=path,
        uri=uri if uri and ":" in uri else f"{config.reader}:{quote(external_id)}",
        mime="text/markdown" if is_markdown else "text/plain",
        # A lone surrogate, which a reader may have from JSON, has no encoding.
        content=_titled(text, title, is_markdown=is_markdown).encode("utf-8", errors="replace"),
    )


def _revision(parts: list[Document], config: LlamaHubConfig) -> str:
    digest = hashlib.sha256()
    for part in parts:
        kept = {
            key: value
            for key, value in part.metadata.items()
            if not any(fnmatchcase(key, glob) for glob in config.ignored_metadata)
        }
        shown = json.dumps([part.text, kept], sort_keys=True, default=_as_json)
        digest.update(shown.encode() + b"\n")
    return digest.hexdigest()


def _as_json(value: object) -> str:
    """By its type alone, where the value's text might hold an address in memory."""
    return value.isoformat() if isinstance(value, date) else type(value).__name__


def _path(value: str, config: LlamaHubConfig) -> str:
    """The ending says how the text is read: the text of `a.pdf` is no PDF any more."""
    path = value.replace("\\", "/").lstrip("/") or "document"
    if PurePosixPath(path).suffix.lower() in _MARKDOWN | _PLAIN:
        return path
    return path + _SUFFIXES[config.text_format]


def _titled(text: str, title: str | None, *, is_markdown: bool) -> str:
    if title is None:
        return text
    if not is_markdown:
        return f"{title}\n\n{text}"
    # JSON is YAML too, but for its escapes of what is beyond 16 bits.
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n{text}"


def _first(keys: Iterable[str], metadata: Mapping[str, Any]) -> str | None:
    values = (metadata.get(key) for key in keys)
    return next((str(value) for value in values if isinstance(value, str) and value.strip()), None)


def _joined(keys: Iterable[str], metadata: Mapping[str, Any]) -> str:
    values = [str(metadata[key]) for key in keys if metadata.get(key) not in (None, "")]
    return (
        values[0] if len(values) == 1 else "#".join(value.replace("#", "%23") for value in values)
    )


def _is_random(value: str) -> bool:
    """Whether it is a UUID of random bits, as LlamaIndex gives to documents without an id."""
    try:
        return uuid.UUID(value).version == _RANDOM_UUID_VERSION
    except ValueError:
        return False


def _what_there_is(metadata: Mapping[str, Any]) -> str:
    keys = ", ".join(sorted(map(str, metadata))[:_MAX_KEYS_SHOWN])
    return f"The first such document has: {keys}." if keys else "It has no metadata at all."
