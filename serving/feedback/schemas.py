"""The feedback endpoints' requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from core.catalog.models import FeedbackReason, FeedbackState, FeedbackVerdict
from serving.schemas import DocumentInfo, RequestModel

_DOCUMENT_ID = "0d0a0c0e-8a52-4d1c-9a8f-2f6d1c7b9e10"

DocumentIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=64)]],
    Field(max_length=20, examples=[[_DOCUMENT_ID]]),
]


class FeedbackRequest(RequestModel):
    """What the asker thinks of an answer."""

    verdict: FeedbackVerdict
    reason: FeedbackReason | None = None
    comment: str = Field(default="", max_length=2000)
    expected_answer: str = Field(default="", max_length=4000)
    expected_documents: DocumentIds = Field(
        default=[], description="Ids of documents, as searches and answers show them."
    )


class ReviewRequest(RequestModel):
    """What a reviewer makes of feedback; but for `decision` only an accepted case has a use for it.

    Fields are those of an evaluation set's question.
    """

    decision: Literal["accepted", "dismissed"]
    type: str = Field(
        default="feedback",
        min_length=1,
        max_length=50,
        description="`unanswerable`: nothing answers it; `multi_doc`: every gold document is "
        "needed; any other word tells scores apart.",
    )
    gold: DocumentIds | None = Field(
        default=None,
        description="Ids of the documents that answer it; null for those that the asker expected, "
        "or, of an answer with thumbs up, those that it cites.",
    )
    answer: str = Field(
        default="",
        max_length=4000,
        description="A right answer; else the one that was expected, if `gold` has the documents "
        "that its asker named.",
    )
    must_contain: list[Annotated[str, StringConstraints(min_length=1, max_length=500)]] = Field(
        default=[], max_length=20, description="Strings that a right answer holds."
    )


class JudgedCitation(BaseModel):
    document: DocumentInfo
    quote: str


class JudgedClaim(BaseModel):
    text: str
    verdict: str
    checks: dict[str, str] = Field(description="Each check's verdict by its name.")
    citations: list[JudgedCitation]


class CaseInfo(BaseModel):
    """The evaluation case that a reviewer made, as far as the caller may read its gold."""

    type: str
    gold: list[DocumentInfo]
    answer: str
    must_contain: list[str]
    is_complete: bool = Field(
        description="False where the words and some gold are left out: there is gold that is gone, "
        "or not the caller's to read."
    )


class FeedbackInfo(BaseModel):
    """What the asker said, and what became of it."""

    verdict: FeedbackVerdict
    reason: FeedbackReason | None
    comment: str
    expected_answer: str
    expected_documents: list[DocumentInfo] = Field(
        description="As far as the caller may read them."
    )
    is_complete: bool = Field(
        description="False where comment, expected answer and some documents are left out: they "
        "may quote what is gone, or not the caller's to read."
    )
    given_at: datetime
    state: FeedbackState
    reviewed_by: str | None
    reviewed_at: datetime | None
    case: CaseInfo | None


class JudgedAnswer(BaseModel):
    """An answer that was given, as far as the caller may read what it cites."""

    id: str
    asked_by: str
    asked_at: datetime
    question: str
    earlier_questions: list[str] = Field(description="Of the same conversation, oldest first.")
    status: Literal["answered", "abstained"]
    claims: list[JudgedClaim]
    is_complete: bool = Field(
        description="False where claims are left out: what they cite is gone, says something else "
        "by now, or is not the caller's to read."
    )
    model: str
    prompt: str | None = Field(description="Name and hash of the prompt that the model was given.")
    assistant: str = Field(description="The name of the one that was asked.")
    feedback: FeedbackInfo | None


class FeedbackPage(BaseModel):
    """One page of judged answers."""

    total: int
    answers: list[JudgedAnswer]
