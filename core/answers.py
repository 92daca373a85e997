"""Answers that were given: kept for a while, and shown as far as the reader may read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.assistants import BUILT_IN_NAME
from core.catalog.database import Database
from core.catalog.models import (
    AnswerFeedback,
    AnswerRecord,
    Document,
    RecordedCitation,
    RecordedClaim,
    utc_now,
)
from core.errors import RequestError
from core.identity import Caller, Right
from core.visibility import ReadableDocument, readable_documents


class AnswerNotFound(RequestError):
    """There is no such answer, it is forgotten, or it is not the caller's: which is not said."""

    title = "Answer not found"


@dataclass(frozen=True, slots=True)
class GivenCitation:
    document_id: str
    text_version: str
    """Of the text that the quote stands in."""
    quote: str


@dataclass(frozen=True, slots=True)
class GivenClaim:
    """`checks` is the verdict of each check by its name."""

    text: str
    citations: tuple[GivenCitation, ...]
    verdict: str = "supported"
    checks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer as it left the server; without claims it was an abstention."""

    id: str
    asker: str
    question: str
    earlier_questions: tuple[str, ...]
    claims: tuple[GivenClaim, ...]
    model: str
    prompt: str | None = None
    assistant: str = BUILT_IN_NAME


@dataclass(frozen=True, slots=True)
class VisibleCitation:
    document: ReadableDocument
    quote: str


@dataclass(frozen=True, slots=True)
class VisibleClaim:
    text: str
    verdict: str
    checks: dict[str, str]
    citations: tuple[VisibleCitation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleAnswer:
    """What one reader may see of a kept answer.

    A claim is left out, and `is_complete` False, unless the reader may read now every document that
    it cites, and these still say so. The words of the feedback may quote any document that the
    answer cites or the feedback names, and those of the case its gold: `shows_words` and
    `shows_case` say whether the reader may read all of these. `readable` are the documents that
    feedback and case name, by id.
    """

    record: AnswerRecord
    claims: tuple[VisibleClaim, ...]
    is_complete: bool
    feedback: AnswerFeedback | None
    shows_words: bool
    shows_case: bool
    readable: dict[str, ReadableDocument]


class AnswerStore:
    """Keeps answers for `keep_days` after they were given, judged or reviewed; for 0, none."""

    def __init__(self, *, database: Database, keep_days: int) -> None:
        self._database = database
        self._keep_days = keep_days

    def record(self, answer: GivenAnswer) -> None:
        """Keep the answer, but for claims about documents that are gone or have another text by
        now: they would not be forgotten with what they quote.
        """
        if not self._keep_days:
            return
        with self._database.write() as session:
            ids = {citation.document_id for claim in answer.claims for citation in claim.citations}
            versions = session.execute(
                select(Document.id, Document.text_version).where(Document.id.in_(ids))
            )
            there = {(row.id, row.text_version) for row in versions}
            session.add(
                AnswerRecord(
                    id=answer.id,
                    asker=answer.asker,
                    expires_at=self._expiry(),
                    question=answer.question,
                    earlier_questions=list(answer.earlier_questions),
                    claim_count=len(answer.claims),
                    model=answer.model,
                    prompt=answer.prompt,
                    assistant=answer.assistant,
                )
            )
            session.flush()
            for position, claim in enumerate(answer.claims):
                if {(cited.document_id, cited.text_version) for cited in claim.citations} <= there:
                    _add_claim(session, answer.id, position, claim)

    def get(self, caller: Caller, answer_id: str) -> VisibleAnswer:
        """For who asked, and for reviewers. Raises AnswerNotFound."""
        with self._database.read() as session:
            record = self.find(session, caller, answer_id)
            (answer,) = visible_answers(session, caller, [record])
            return answer

    def find(self, session: Session, caller: Caller, answer_id: str) -> AnswerRecord:
        """The answer, if the caller asked for it or is a reviewer. Raises AnswerNotFound."""
        record = session.get(AnswerRecord, answer_id)
        if record is not None and (
            record.asker == caller.principal.user or caller.may(Right.REVIEW)
        ):
            return record
        kept = (
            f"Answers are kept for {self._keep_days} days."
            if self._keep_days
            else ("Answers are not kept here; VOUCH_ANSWER__KEEP_DAYS says for how long they are.")
        )
        raise AnswerNotFound(f"There is no answer {answer_id} that you asked for. {kept}")

    def prolong(self, record: AnswerRecord) -> None:
        """Keep the answer for the whole time from now on. A shorter setting takes nothing away."""
        record.expires_at = max(record.expires_at, self._expiry())

    def forget_expired(self) -> None:
        """Delete the answers whose time is over, with everything said about them."""
        is_over = AnswerRecord.expires_at <= utc_now()
        with self._database.read() as session:
            if session.scalar(select(AnswerRecord.id).where(is_over).limit(1)) is None:
                return
        with self._database.write() as session:
            session.execute(delete(AnswerRecord).where(is_over))

    def _expiry(self) -> datetime:
        return utc_now() + timedelta(days=self._keep_days)


def visible_answers(
    session: Session, caller: Caller, records: Sequence[AnswerRecord]
) -> list[VisibleAnswer]:
    """What the caller may see of each, in order."""
    ids = [record.id for record in records]
    feedback = {
        row.answer_id: row
        for row in session.scalars(select(AnswerFeedback).where(AnswerFeedback.answer_id.in_(ids)))
    }
    claims = session.scalars(
        select(RecordedClaim)
        .where(RecordedClaim.answer_id.in_(ids))
        .order_by(RecordedClaim.answer_id, RecordedClaim.position)
    ).all()
    citations: dict[tuple[str, int], list[RecordedCitation]] = defaultdict(list)
    for citation in session.scalars(
        select(RecordedCitation)
        .where(RecordedCitation.answer_id.in_(ids))
        .order_by(RecordedCitation.id)
    ):
        citations[citation.answer_id, citation.position].append(citation)
    named = {citation.document_id for each in citations.values() for citation in each}
    named |= {id_ for row in feedback.values() for id_ in _documents_of(row)}
    readable = readable_documents(session, caller.principal, named)
    shown: dict[str, list[VisibleClaim]] = defaultdict(list)
    for claim in claims:
        cited = citations[claim.answer_id, claim.position]
        # A claim without citations has lost its document.
        if cited and all(citation.document_id in readable for citation in cited):
            shown[claim.answer_id].append(_visible(claim, cited, readable))
    return [
        _visible_answer(record, shown[record.id], feedback.get(record.id), readable)
        for record in records
    ]


def _visible_answer(
    record: AnswerRecord,
    claims: Sequence[VisibleClaim],
    feedback: AnswerFeedback | None,
    readable: dict[str, ReadableDocument],
) -> VisibleAnswer:
    # The text of a claim is gone once its document no longer says so; that it cites it is not.
    stated = tuple(claim for claim in claims if claim.text)
    may_read_all = len(claims) == record.claim_count
    expected, gold = (
        ((), ()) if feedback is None else (feedback.expected_documents, feedback.case_gold)
    )
    return VisibleAnswer(
        record=record,
        claims=stated,
        is_complete=len(stated) == record.claim_count,
        feedback=feedback,
        shows_words=may_read_all and all(id_ in readable for id_ in expected),
        shows_case=all(id_ in readable for id_ in gold),
        readable={id_: readable[id_] for id_ in (*expected, *gold) if id_ in readable},
    )


def _documents_of(feedback: AnswerFeedback) -> Iterable[str]:
    return {*feedback.expected_documents, *feedback.case_gold}


def _visible(
    claim: RecordedClaim,
    citations: Sequence[RecordedCitation],
    readable: dict[str, ReadableDocument],
) -> VisibleClaim:
    return VisibleClaim(
        text=claim.text,
        verdict=claim.verdict,
        checks=claim.checks,
        citations=tuple(
            VisibleCitation(readable[citation.document_id], citation.quote)
            for citation in citations
        ),
    )


def _add_claim(session: Session, answer_id: str, position: int, claim: GivenClaim) -> None:
    session.add(
        RecordedClaim(
            answer_id=answer_id,
            position=position,
            text=claim.text,
            verdict=claim.verdict,
            checks=claim.checks,
        )
    )
    session.flush()
    session.add_all(
        RecordedCitation(
            answer_id=answer_id,
            position=position,
            document_id=citation.document_id,
            quote=citation.quote,
        )
        for citation in claim.citations
    )
