"""The answer endpoint's request and response."""

from __future__ import annotations

from pydantic import BaseModel, Field

from core.assistants import BUILT_IN_NAME, UnsupportedPolicy
from serving.answer.events import AnswerStatus, NoticeCode
from serving.checking.contract import Verdict
from serving.schemas import DocumentInfo, Filters, Message, RequestModel, UnderstoodInfo


class AnswerRequest(RequestModel):
    """A question, with the conversation that it may lean on."""

    question: str = Field(min_length=1, examples=["How many days of annual leave do I get?"])
    history: list[Message] = Field(default=[], max_length=50, description="Oldest first.")
    understand: bool = Field(
        default=True,
        description="Read follow-ups, parts, acronyms and named documents out of the question; "
        "false answers it as it is.",
    )
    filters: Filters = Filters()
    assistant: str | None = Field(
        default=None,
        max_length=64,
        description=f"Which assistant answers; null: `{BUILT_IN_NAME}`, the one with the defaults.",
        examples=["people"],
    )
    unsupported: UnsupportedPolicy | None = Field(
        default=None,
        description="What becomes of a sentence that its citation does not support: it is left "
        "out (`drop`), delivered with its verdict (`mark`), or the answer ends with an error "
        "(`fail`); null: as the assistant has it.",
    )
    language: str | None = Field(
        default=None,
        pattern="^[a-z]{2}$",
        description="The language that a model answers in, by its ISO 639-1 code; null: the "
        "assistant's, else the question's. Quoted sentences stay as they are.",
    )
    stream: bool = Field(
        default=False,
        description="Send the answer as server-sent events while it is made: `meta`, `sources`, "
        "`claim`, `notice`, then `done` with what `stream: false` returns, or `error` with a "
        "problem.",
    )


class CitationInfo(BaseModel):
    """The span that a claim rests on. `quote` is exactly what the document's normalised text holds
    from `start` to `end`, in characters.
    """

    marker: int = Field(description="The number in the answer's text, and in `sources`.")
    document_id: str
    chunk_id: str
    quote: str
    start: int
    end: int
    page: int | None
    heading_path: list[str]


class CheckInfo(BaseModel):
    """What one check of a claim found."""

    name: str = Field(examples=["quote", "numbers", "dates", "negation"])
    verdict: Verdict
    detail: str


class ClaimInfo(BaseModel):
    """One sentence of the answer."""

    text: str
    verdict: Verdict
    unsupported_part: str | None = Field(
        description="What of a `partial` claim is not supported, where a check can tell."
    )
    checks: list[CheckInfo]
    citations: list[CitationInfo]


class SourceUsed(BaseModel):
    """A document that the answer cites, or that contradicts it."""

    marker: int
    document: DocumentInfo
    also_in: list[DocumentInfo] = Field(
        description="Other documents, among those that the caller may read, with a cited passage."
    )


class ConflictInfo(BaseModel):
    """What another document says in place of a claim: its wording with other values. `quote` is
    exactly what that document's normalised text holds from `start` to `end`.
    """

    claim: int = Field(description="The claim's place in `claims`, from 0.")
    marker: int = Field(description="The number in the answer's text, and in `sources`.")
    document: DocumentInfo
    quote: str
    start: int
    end: int
    page: int | None
    differs_in: list[str] = Field(examples=[["numbers"], ["dates", "negation"]])
    is_newer: bool | None = Field(
        description="Whether this document changed after the one that the claim cites; null where "
        "a date is missing."
    )


class Searched(BaseModel):
    """What was looked through, among what the caller may read."""

    question: str = Field(description="The question as it was searched, standing alone.")
    understood: UnderstoodInfo
    passages: int
    nearest: list[DocumentInfo] = Field(description="The documents that came closest.")


class NoticeInfo(BaseModel):
    """Something that the asker should know about the answer."""

    code: NoticeCode
    detail: str


class ClarificationOptionInfo(BaseModel):
    """One thing that the question may mean."""

    label: str = Field(examples=["Parental leave"])
    document: DocumentInfo


class ClarificationInfo(BaseModel):
    """What to ask the asker, with what the documents offer for an answer."""

    question: str
    options: list[ClarificationOptionInfo]


class Usage(BaseModel):
    """What the answer cost."""

    model: str = Field(description="`extractive` where sentences are quoted without a model.")
    prompt: str | None = Field(
        description="The prompt's name and hash; null without a model.",
        examples=["markers:3f1c9a0be2d4"],
    )
    prompt_tokens: int
    completion_tokens: int


class AnswerStarted(BaseModel):
    """A stream's `meta` event: what is known before anything is said."""

    id: str = Field(description="For feedback on the answer.")
    searched: Searched
    degraded: list[str]


class AnswerResponse(BaseModel):
    """A checked answer, an abstention that says what was searched, or a question back."""

    id: str = Field(description="For feedback on the answer.")
    status: AnswerStatus
    answer: str = Field(
        description="The claims with `[n]` markers, why there is no answer, or the question back."
    )
    claims: list[ClaimInfo]
    sources: list[SourceUsed]
    conflicts: list[ConflictInfo] = Field(
        description="Where other documents that the caller may read contradict a claim."
    )
    notices: list[NoticeInfo]
    clarification: ClarificationInfo | None
    confidence: float = Field(ge=0, le=1, description="That the evidence answers the question.")
    searched: Searched
    usage: Usage
    timings_s: dict[str, float] = Field(description="Seconds by stage.")
    degraded: list[str] = Field(
        description="What was given up to answer at all, such as `rerank`; empty: nothing."
    )
