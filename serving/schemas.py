"""Shapes that several resources share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RequestModel(BaseModel):
    """A request's body: unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


def earlier_questions(history: Sequence[Message]) -> list[str]:
    """What the person asked before, oldest first."""
    return [turn.content for turn in history if turn.role == "user"]


class DocumentInfo(BaseModel):
    """Which document a passage is from."""

    id: str
    title: str
    path: str
    uri: str
    mime: str
    source: str = Field(description="The name of its source.")
    updated_at: datetime | None
