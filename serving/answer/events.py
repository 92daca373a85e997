"""What happens while an answer is made, in order: one `Started`, any number of `ClaimGiven` and
`Notice`, one `Finished`. What goes wrong is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.chunks import SourceId
from retrieval.pipeline import SearchResult
from serving.answering.clarifying import Clarification
from serving.answering.conflicts import Conflict
from serving.answering.contract import TokenUsage, VerifiedClaim

AnswerStatus = Literal["answered", "abstained", "clarification"]


class NoticeCode(StrEnum):
    """Why an answer is not what it could have been."""

    MODEL_FAILED = "model_failed"
    MODEL_ANSWER_REJECTED = "model_answer_rejected"
    CUT_SHORT = "cut_short"
    CLAIMS_DROPPED = "claims_dropped"
    CLAIMS_OFF_TOPIC = "claims_off_topic"
    CLAIMS_UNCHECKED = "claims_unchecked"
    DOCUMENTS_DISAGREE = "documents_disagree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decided answer. `claims` are those delivered, none when it abstains or asks back.
    `conflicts` are what other documents say in place of a claim.
    """

    id: str
    status: AnswerStatus
    claims: tuple[VerifiedClaim, ...]
    conflicts: tuple[Conflict, ...]
    notices: tuple[Notice, ...]
    clarification: Clarification | None
    confidence: float
    result: SearchResult
    model: str
    prompt: str | None
    usage: TokenUsage
    degraded: tuple[str, ...]
    timings_s: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The search is done; nothing is said yet. `source_names` are those of what was found."""

    id: str
    result: SearchResult
    source_names: dict[SourceId, str]


@dataclass(frozen=True, slots=True)
class ClaimGiven:
    """A claim that was checked and is delivered."""

    claim: VerifiedClaim


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the asker should know. `detail` is a sentence."""

    code: NoticeCode
    detail: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, recorded."""

    answer: Answer


AnswerEvent = Started | ClaimGiven | Notice | Finished
