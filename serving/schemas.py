"""Shapes that several resources share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.visibility import ReadableDocument
from retrieval.questions.contract import Turn, Understood


class RequestModel(BaseModel):
    """A request's body: unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Owner(RequestModel):
    """The person or team who answers for a source or an assistant."""

    name: str = Field(min_length=1, max_length=200, examples=["People team"])
    contact: str = Field(min_length=3, max_length=320, examples=["people@acme.test"])


class Filters(RequestModel):
    """Narrows what is searched; every condition given must hold."""

    sources: list[str] = Field(
        default=[], max_length=100, description="Names or ids of sources.", examples=[["handbook"]]
    )
    path_prefix: str | None = Field(
        default=None, max_length=1000, description="How the path begins.", examples=["policies/"]
    )
    mimes: list[str] = Field(default=[], max_length=50, examples=[["application/pdf"]])
    updated_from: datetime | None = Field(default=None, description="Earliest last change.")
    updated_to: datetime | None = Field(default=None, description="Latest last change.")


class Message(RequestModel):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=20_000)


def turns_of(history: Sequence[Message]) -> list[Turn]:
    """The conversation so far, oldest first."""
    return [Turn(role=message.role, text=message.content) for message in history]


class ExpansionInfo(BaseModel):
    """An acronym and what it stands for, as a passage that the caller may read defines it."""

    short: str
    long: str


class ReadFilterInfo(BaseModel):
    """Documents that the question names and that were put in front."""

    kind: str = Field(description="`year`, `file` or `source`.")
    value: str
    words: str = Field(description="The question's words that name them.")


class UnderstoodInfo(BaseModel):
    """How the question was understood."""

    question: str = Field(description="As it stands alone.")
    parts: list[str] = Field(description="Searched for besides; empty for a question that is one.")
    expansions: list[ExpansionInfo]
    filters: list[ReadFilterInfo]
    why: list[str] = Field(description="What was done, in words.")


def understood_info(understood: Understood) -> UnderstoodInfo:
    return UnderstoodInfo(
        question=understood.question,
        parts=list(understood.parts),
        expansions=[
            ExpansionInfo(short=item.short, long=item.long) for item in understood.expansions
        ],
        filters=[
            ReadFilterInfo(kind=item.kind, value=item.value, words=item.words)
            for item in understood.filters
        ],
        why=list(understood.why),
    )


class DocumentInfo(BaseModel):
    """Which document a passage is from."""

    id: str
    title: str
    path: str
    uri: str
    mime: str
    source: str = Field(description="The name of its source.")
    updated_at: datetime | None


def catalog_document_info(found: ReadableDocument) -> DocumentInfo:
    """A document as the catalog knows it."""
    document = found.document
    return DocumentInfo(
        id=document.id,
        title=document.title or document.path,
        path=document.path,
        uri=document.uri,
        mime=document.mime or "application/octet-stream",
        source=found.source_name,
        updated_at=document.updated_at,
    )
