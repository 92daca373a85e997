"""Hits made of their texts alone."""

from __future__ import annotations

from collections.abc import Sequence

from core.chunks import Chunk, DocumentId, Hit, SourceId, chunk_id


def hits_of(*texts: str, heading_path: Sequence[str] = ()) -> list[Hit]:
    """One hit for each text, each of a document of its own, best first as a fusion gives them."""
    return [
        Hit(
            chunk=_chunk(number, text, tuple(heading_path)),
            score=1 / (number + 2),
        )
        for number, text in enumerate(texts)
    ]


def _chunk(number: int, text: str, heading_path: tuple[str, ...]) -> Chunk:
    document_id = DocumentId(f"document-{number}")
    return Chunk(
        id=chunk_id(document_id, 0),
        document_id=document_id,
        source_id=SourceId("source"),
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        text_version="v1",
        title="",
        path=f"{number}.md",
        mime="text/markdown",
        uri=f"file:///{number}.md",
        heading_path=heading_path,
        token_count=max(1, len(text.split())),
        acl=("everyone",),
        sensitivity="internal",
    )
