"""What the tools take and give: the fields of the HTTP API that a model has use for, under the same
names and in the same places. `check` takes and gives exactly what the API does.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from core.assistants import BUILT_IN_NAME, UnsupportedPolicy
from serving.answer.events import AnswerStatus
from serving.answer.schemas import NoticeInfo
from serving.checking.contract import Verdict
from serving.documents.schemas import DocumentResponse
from serving.schemas import DocumentInfo, Filters, Message, RequestModel

DEFAULT_DOCUMENT_CHARS = 20_000
MAX_DOCUMENT_CHARS = 100_000


class SearchArguments(RequestModel):
    """What to look for, and where."""

    query: str = Field(min_length=1, description="A question, or words to look for.")
    top_k: int | None = Field(
        default=None,
        ge=1,
        le=200,
        description="How many passages; the server's number if left out.",
    )
    filters: Filters = Field(
        default=Filters(), description="Narrows what is searched; every condition must hold."
    )


class AnswerArguments(RequestModel):
    """A question, with the conversation that it may lean on."""

    question: str = Field(min_length=1, description="The question, in the asker's words.")
    history: list[Message] = Field(
        default=[], max_length=50, description="The conversation before, oldest first."
    )
    assistant: str | None = Field(
        default=None,
        max_length=64,
        description=f"Which assistant answers; null: `{BUILT_IN_NAME}`, the one with the defaults.",
    )
    unsupported: UnsupportedPolicy | None = Field(
        default=None,
        description="What becomes of a sentence that its citation does not support: it is left "
        "out (`drop`), delivered with its verdict (`mark`), or the call fails (`fail`); null: as "
        "the assistant has it.",
    )


class DocumentArguments(RequestModel):
    """Which part of which document to read."""

    document_id: str = Field(
        min_length=1,
        max_length=36,
        pattern="^[^/]+$",
        description="The document's id, as search and answer give it; not its path.",
    )
    offset: int = Field(default=0, ge=0, description="The first character wanted, from 0.")
    limit: int = Field(
        default=DEFAULT_DOCUMENT_CHARS,
        ge=1,
        le=MAX_DOCUMENT_CHARS,
        description="How many characters at most.",
    )


class FoundPassage(BaseModel):
    """A passage. Offsets are in characters of the document's normalised text, from 0."""

    text: str
    start: int
    end: int
    page: int | None
    heading_path: list[str]


class FoundHit(BaseModel):
    """One passage found."""

    rank: int
    passage: FoundPassage
    document: DocumentInfo


class SearchResult(BaseModel):
    """Passages that the user may read, best first."""

    hits: list[FoundHit]
    degraded: list[str] = Field(description="What was given up to search at all; empty: nothing.")


class AnswerCitation(BaseModel):
    """The span that a claim rests on. `quote` is exactly what the document's normalised text holds
    from `start` to `end`, in characters.
    """

    marker: int = Field(description="The number in `sources`.")
    document_id: str
    quote: str
    start: int
    end: int
    page: int | None
    heading_path: list[str]


class AnswerClaim(BaseModel):
    """One sentence of the answer with its verdict."""

    text: str
    verdict: Verdict
    unsupported_part: str | None
    citations: list[AnswerCitation]


class AnswerSource(BaseModel):
    """A document that the answer cites, or that contradicts it."""

    marker: int
    document: DocumentInfo


class AnswerConflict(BaseModel):
    """What another document says in place of a claim."""

    claim: int = Field(description="The claim's place in `claims`, from 0.")
    marker: int = Field(description="The number in `sources`.")
    quote: str
    start: int
    end: int
    page: int | None
    differs_in: list[str]
    is_newer: bool | None


class AnswerOption(BaseModel):
    """One thing that the question may mean."""

    label: str
    document: DocumentInfo


class AnswerClarification(BaseModel):
    """What to ask the user, with what the documents offer for an answer."""

    question: str
    options: list[AnswerOption]


class AnswerSearched(BaseModel):
    """What was looked through, among what the user may read."""

    question: str = Field(description="The question as it was searched, standing alone.")
    passages: int
    nearest: list[DocumentInfo] = Field(description="The documents that came closest.")


class AnswerResult(BaseModel):
    """A checked answer, an abstention that says what was searched, or a question back."""

    id: str = Field(description="For feedback on the answer.")
    status: AnswerStatus
    answer: str = Field(
        description="The claims with `[n]` markers, why there is no answer, or the question back."
    )
    claims: list[AnswerClaim]
    sources: list[AnswerSource]
    conflicts: list[AnswerConflict]
    notices: list[NoticeInfo]
    clarification: AnswerClarification | None
    confidence: float = Field(description="That the evidence answers the question, from 0 to 1.")
    searched: AnswerSearched
    degraded: list[str] = Field(description="What was given up to answer at all; empty: nothing.")


class DocumentResult(DocumentInfo):
    """A part of a document's normalised text, into which the offsets of passages point."""

    text: str = Field(description="The characters from `start` to `end`.")
    start: int
    end: int
    total_chars: int = Field(description="The length of the whole text.")
    next_offset: int | None = Field(description="Where to read on; null at the end.")

    @classmethod
    def of(cls, document: DocumentResponse, *, offset: int, limit: int) -> DocumentResult:
        """At most `limit` characters of the document from `offset` on; none past its end."""
        total = len(document.text)
        start = min(offset, total)
        end = min(start + limit, total)
        info = DocumentInfo.model_validate(document.model_dump())
        return cls(
            **info.model_dump(),
            text=document.text[start:end],
            start=start,
            end=end,
            total_chars=total,
            next_offset=end if end < total else None,
        )
