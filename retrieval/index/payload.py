"""A chunk as a point's payload, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.chunks import Chunk, ChunkId, DocumentId, SourceId


def to_payload(chunk: Chunk, *, embedding_hash: str) -> dict[str, Any]:
    """JSON-ready fields; the chunk's id is the point's."""
    return {
        "document_id": chunk.document_id,
        "source_id": chunk.source_id,
        "ordinal": chunk.ordinal,
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "text_version": chunk.text_version,
        "title": chunk.title,
        "path": chunk.path,
        "mime": chunk.mime,
        "uri": chunk.uri,
        "heading_path": list(chunk.heading_path),
        "page": chunk.page,
        "language": chunk.language,
        "token_count": chunk.token_count,
        "acl": list(chunk.acl),
        "sensitivity": chunk.sensitivity,
        "updated_at": time_to_payload(chunk.updated_at),
        "embedding_hash": embedding_hash,
    }


def time_to_payload(time: datetime | None) -> str | None:
    """Edge refuses datetime objects and indexes RFC 3339 text."""
    return time.isoformat() if time else None


def from_payload(point_id: str, payload: dict[str, Any]) -> Chunk:
    """The chunk that `to_payload` was given."""
    # Edge drops a field that is set to None later.
    updated_at = payload.get("updated_at")
    return Chunk(
        id=ChunkId(point_id),
        document_id=DocumentId(payload["document_id"]),
        source_id=SourceId(payload["source_id"]),
        ordinal=payload["ordinal"],
        text=payload["text"],
        start=payload["start"],
        end=payload["end"],
        text_version=payload["text_version"],
        title=payload["title"],
        path=payload["path"],
        mime=payload["mime"],
        uri=payload["uri"],
        heading_path=tuple(payload["heading_path"]),
        page=payload["page"],
        language=payload.get("language"),
        token_count=payload["token_count"],
        acl=tuple(payload["acl"]),
        sensitivity=payload["sensitivity"],
        updated_at=datetime.fromisoformat(updated_at) if updated_at else None,
    )
