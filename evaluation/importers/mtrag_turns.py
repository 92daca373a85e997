"""What MTRAG's conversations and generation tasks share: turns, passages, what a question is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from evaluation.importers.documents import ImportedDocument
from evaluation.importers.writer import SetWriter
from evaluation.sets import UNANSWERABLE, Question, Turn

_ROLES: dict[str, Literal["user", "assistant"]] = {"user": "user", "agent": "assistant"}
_ANSWERABLE, _PARTIAL, _UNANSWERABLE = "ANSWERABLE", "PARTIAL", "UNANSWERABLE"
_NO_VALUE = "N/A"


class Speech(BaseModel):
    """One turn as MTRAG writes it."""

    speaker: Literal["user", "agent"]
    text: str

    def turn(self) -> Turn:
        return Turn(role=_ROLES[self.speaker], content=self.text)


class _Vote(BaseModel):
    value: str
    timestamp: float | None = None


class _Feedback(BaseModel):
    relevant: dict[str, _Vote] | None = None


class Passage(BaseModel):
    """A passage that was shown with a question, and whether annotators hold it relevant."""

    document_id: str = Field(min_length=1)
    text: str
    title: str | None = None
    feedback: _Feedback | None = None
    reference: bool | None = None

    def is_relevant(self) -> bool:
        """Whether it is marked as a reference, or the last vote on it is yes."""
        votes = (self.feedback.relevant if self.feedback else None) or {}
        last = max(votes.values(), key=lambda vote: vote.timestamp or 0, default=None)
        return bool(self.reference) or (last is not None and last.value.lower() == "yes")

    def document(self) -> ImportedDocument:
        return ImportedDocument(id=self.document_id, title=self.title or "", text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A user's turn with everything that is known about it. `answer` may be empty."""

    id: str
    turns: Sequence[Speech]
    passages: Sequence[Passage]
    answer: str
    answerability: Sequence[str]
    kinds: Sequence[str]
    multi_turn: Sequence[str]
    collection: str


def add_asked(asked: Asked, writer: SetWriter) -> None:
    """Write the passages, and the question unless it asks for nothing that documents could say."""
    for passage in asked.passages:
        if writer.find_document(passage.document_id) is None:
            writer.add_document(passage.document())
    answerability = asked.answerability[0].upper() if asked.answerability else _ANSWERABLE
    if answerability not in (_ANSWERABLE, _PARTIAL, _UNANSWERABLE):
        writer.leave_out(f"question with the answerability {answerability}")
        return
    gold = [
        writer.find_document(passage.document_id)
        for passage in asked.passages
        if passage.is_relevant()
    ]
    if answerability == _UNANSWERABLE:
        gold = []
    elif not any(gold):
        writer.leave_out("question without a passage that annotators hold relevant")
        return
    *earlier, last = asked.turns
    if not last.text.strip():
        writer.leave_out("question without text")
        return
    writer.add_question(
        Question(
            id=asked.id,
            question=last.text.strip(),
            type=_type(answerability, asked.kinds),
            gold=tuple(dict.fromkeys(path for path in gold if path is not None)),
            answer=asked.answer.strip(),
            history=tuple(speech.turn() for speech in earlier),
        ),
        also={
            "collection": asked.collection,
            "kinds": list(asked.kinds),
            "multi_turn": [value for value in asked.multi_turn if value != _NO_VALUE],
        },
    )


def _type(answerability: str, kinds: Sequence[str]) -> str:
    """Scores are told apart by it: what can be answered in part, and the first kind of the rest."""
    if answerability == _UNANSWERABLE:
        return UNANSWERABLE
    if answerability == _PARTIAL:
        return "partial"
    named = [kind for kind in kinds if kind != _NO_VALUE]
    return "_".join(named[0].lower().split()) if named else "lookup"
