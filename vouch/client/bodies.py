"""What requests may say, as the API's documentation describes it (`/docs` of a server)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict


class Filters(TypedDict, total=False):
    """Narrows what is searched; every condition given must hold. Dates as in ISO 8601."""

    sources: Sequence[str]
    path_prefix: str | None
    mimes: Sequence[str]
    updated_from: str | None
    updated_to: str | None


class Message(TypedDict):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


class SearchOptions(TypedDict, total=False):
    """How to search. `top_k` None is the server's number; `history` is oldest first."""

    top_k: int | None
    filters: Filters
    history: Sequence[Message]
    understand: bool
    explain: bool
    distinct_documents: bool


class AnswerOptions(TypedDict, total=False):
    """How to answer; None: as the assistant has it. `history` is oldest first."""

    filters: Filters
    history: Sequence[Message]
    understand: bool
    assistant: str | None
    unsupported: Literal["drop", "mark", "fail"] | None
    language: str | None


class Passage(TypedDict):
    """A passage that a text is checked against."""

    id: NotRequired[str]
    title: NotRequired[str]
    text: str
