"""A chunk, the unit that is embedded, found and quoted; and a hit, a chunk with its score."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType
from uuid import NAMESPACE_URL, uuid5

DocumentId = NewType("DocumentId", str)
SourceId = NewType("SourceId", str)
ChunkId = NewType("ChunkId", str)

_CHUNK_NAMESPACE = uuid5(NAMESPACE_URL, "vouch:chunk")


def chunk_id(document_id: DocumentId, ordinal: int) -> ChunkId:
    """The id of a document's `ordinal`-th chunk (from 0): the same on every run, so that indexing
    twice is indexing once.
    """
    return ChunkId(str(uuid5(_CHUNK_NAMESPACE, f"{document_id}/{ordinal}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage of one document's normalised text.

    `text == normalised_text[start:end]`, offsets in characters (Unicode code points) from 0.
    `heading_path` leads from the outermost heading to the one above the chunk. `page` is that of
    the chunk's first character, from 1, or None. `text_version` names the exact normalised text
    that the offsets point into. `language` is an ISO 639-1 code, None where it cannot be told.
    `acl` holds access tokens (`user:…`, `group:…`, `everyone`); an empty one means that nobody may
    read the chunk.
    """

    id: ChunkId
    document_id: DocumentId
    source_id: SourceId
    ordinal: int
    text: str
    start: int
    end: int
    text_version: str
    title: str
    path: str
    mime: str
    uri: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    language: str | None = None
    token_count: int
    acl: tuple[str, ...]
    sensitivity: str
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieverScore:
    """Where one retriever put a chunk: `rank` from 1, `score` on that retriever's own scale."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk and its score, higher is better, comparable only within one result list.

    `retrievers` is filled only where an explanation was asked for. `duplicates` are other chunks
    that say the same, best first.
    """

    chunk: Chunk
    score: float
    retrievers: dict[str, RetrieverScore] = field(default_factory=dict)
    duplicates: tuple[Chunk, ...] = ()
