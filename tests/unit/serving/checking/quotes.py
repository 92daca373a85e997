"""Quotes for the tests of the checks."""

from __future__ import annotations

from core.chunks import DocumentId
from serving.checking.contract import Quote


def quotes(*texts: str) -> list[Quote]:
    """One quote a text, each said to be the whole of its own document."""
    return [
        Quote(
            document_id=DocumentId(f"document-{number}"),
            text_version="v1",
            start=0,
            end=len(text),
            text=text,
        )
        for number, text in enumerate(texts, start=1)
    ]
