"""What a text is checked against, and what was found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.answer.schemas import CheckInfo
from serving.checking.contract import Verdict

_MAX_TEXT_CHARS = 50_000
_MAX_PASSAGES = 100
_MAX_DOCUMENTS = 20


class PassageToCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="What citations call it; by default its place among the passages, from 1.",
    )
    title: str = Field(
        default="",
        max_length=500,
        description="What it speaks of, such as title and headings: it may have the subject of a "
        "sentence, but no number.",
    )
    text: str = Field(min_length=1, max_length=100_000)


class CheckRequest(BaseModel):
    """A text and what it should rest on: passages, documents, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "text": "Staff get 27 days of leave. [1] Hotels cost at most 200 euros. [2]",
                    "passages": [
                        {"id": "leave", "text": "Staff receive 27 days of annual leave."},
                        {"id": "travel", "text": "Hotels may cost up to 140 euros a night."},
                    ],
                }
            ]
        },
    )

    text: str = Field(
        min_length=1,
        max_length=_MAX_TEXT_CHARS,
        description="Prose or Markdown. Markers such as `[1]` say which passage a sentence rests "
        "on, documents being counted after the passages.",
    )
    passages: list[PassageToCheck] = Field(default=[], max_length=_MAX_PASSAGES)
    document_ids: list[str] = Field(
        default=[], max_length=_MAX_DOCUMENTS, description="Documents that the caller may read."
    )

    @model_validator(mode="after")
    def _has_something_to_rest_on(self) -> CheckRequest:
        if not self.passages and not self.document_ids:
            raise ValueError("Give passages, document_ids, or both, to check the text against.")
        names = [passage.id for passage in self.passages if passage.id is not None]
        if len(names) != len(set(names)):
            raise ValueError("Each passage needs an id of its own.")
        return self


class CheckedCitation(BaseModel):
    """The span that supports a claim, or comes nearest: `quote` is exactly what the passage or the
    document's normalised text holds from `start` to `end`, in characters.
    """

    source: str = Field(description="The passage's id or place, or the document's id.")
    quote: str
    start: int
    end: int


class CheckedClaimInfo(BaseModel):
    """One claim of the text, which stands there from `start` to `end`."""

    text: str
    start: int
    end: int
    verdict: Verdict
    unsupported_part: str | None
    is_rightly_cited: bool | None = Field(
        description="Whether the citations are of passages that the text's markers name; null "
        "where it names none."
    )
    checks: list[CheckInfo]
    citations: list[CheckedCitation]


class CheckResponse(BaseModel):
    """Every claim with its verdict; greetings, headings, code and questions are none."""

    verdict: Verdict | None = Field(description="The worst of all claims; null: there is none.")
    claims: list[CheckedClaimInfo]
