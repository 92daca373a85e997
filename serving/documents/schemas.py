"""The document endpoint's response."""

from __future__ import annotations

from pydantic import Field

from serving.schemas import DocumentInfo


class DocumentResponse(DocumentInfo):
    """A document with the text that the offsets of passages and citations point into."""

    text: str = Field(description="The normalised text; offsets count its characters from 0.")
    text_version: str
