"""What people think of answers, and what reviewers make of it: evaluation cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.answers import AnswerNotFound, AnswerStore, VisibleAnswer, visible_answers
from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import (
    AnswerFeedback,
    AnswerRecord,
    FeedbackReason,
    FeedbackState,
    FeedbackVerdict,
    RecordedCitation,
    utc_now,
)
from core.errors import RequestError
from core.identity import Caller, Right
from core.visibility import readable_documents

UNANSWERABLE = "unanswerable"
"""The type of a case that nothing answers, as evaluation sets have it."""


class FeedbackDocumentUnknown(RequestError):
    """There is no such document, or the caller may not read it."""

    title = "Document unknown"


class CaseWithoutGold(RequestError):
    """A case must name a document that answers it, or say that nothing does."""

    title = "Case without documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the asker says. `expected_documents` are ids."""

    verdict: FeedbackVerdict
    reason: FeedbackReason | None = None
    comment: str = ""
    expected_answer: str = ""
    expected_documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a right answer looks like, in the words of an evaluation set. `gold` are ids; None means
    the documents that the asker expected, or those that a good answer cites. The words of a case
    are shown to who may read its gold, so one that nothing answers has none.
    """

    type: str
    gold: tuple[str, ...] | None = None
    answer: str = ""
    must_contain: tuple[str, ...] = ()


class FeedbackStore:
    """Feedback is the asker's to give, and a reviewer's to decide on."""

    def __init__(self, *, database: Database, answers: AnswerStore) -> None:
        self._database = database
        self._answers = answers

    def give(self, caller: Caller, answer_id: str, feedback: Feedback) -> VisibleAnswer:
        """Put it in place of what was said before, and of its review.

        Raises AnswerNotFound, FeedbackDocumentUnknown.
        """
        with self._database.write() as session:
            record = self._answers.find(session, caller, answer_id)
            if record.asker != caller.principal.user:
                raise AnswerNotFound(
                    f"Answer {answer_id} was given to {record.asker}, who alone can judge it. "
                    "Review it instead."
                )
            _require_readable(session, caller, feedback.expected_documents)
            session.merge(
                AnswerFeedback(
                    answer_id=record.id,
                    verdict=feedback.verdict,
                    reason=feedback.reason,
                    comment=feedback.comment,
                    expected_answer=feedback.expected_answer,
                    expected_documents=list(feedback.expected_documents),
                    given_at=utc_now(),
                    state=FeedbackState.OPEN,
                    reviewed_by=None,
                    reviewed_at=None,
                    case_type=None,
                    case_gold=[],
                    case_answer="",
                    case_must_contain=[],
                )
            )
            self._answers.prolong(record)
            session.flush()
            return visible_answers(session, caller, [record])[0]

    def list_feedback(
        self,
        caller: Caller,
        *,
        state: FeedbackState | None = None,
        verdict: FeedbackVerdict | None = None,
        since: datetime | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[Sequence[VisibleAnswer], int]:
        """Judged answers, latest feedback first, and how many there are in all. For reviewers.

        `since`: judged then or later.
        """
        caller.require(Right.REVIEW)
        judged = select(AnswerRecord).join(
            AnswerFeedback, AnswerFeedback.answer_id == AnswerRecord.id
        )
        if state is not None:
            judged = judged.where(AnswerFeedback.state == state)
        if verdict is not None:
            judged = judged.where(AnswerFeedback.verdict == verdict)
        if since is not None:
            judged = judged.where(AnswerFeedback.given_at >= since)
        with self._database.read() as session:
            total = session.scalar(select(func.count()).select_from(judged.subquery())) or 0
            page = judged.order_by(AnswerFeedback.given_at.desc(), AnswerRecord.id)
            records = session.scalars(page.limit(limit).offset(offset)).all()
            return visible_answers(session, caller, records), total

    def accept(self, caller: Caller, answer_id: str, case: Case) -> VisibleAnswer:
        """Make an evaluation case of it. For reviewers.

        Raises AnswerNotFound, FeedbackDocumentUnknown, CaseWithoutGold.
        """
        caller.require(Right.REVIEW)
        with self._database.write() as session:
            record, feedback = self._find(session, caller, answer_id)
            gold = _gold(session, caller, feedback, case)
            feedback.case_type = case.type
            feedback.case_gold = list(gold)
            has_words = case.type != UNANSWERABLE
            (seen,) = visible_answers(session, caller, [record])
            implied = _implied_answer(feedback, gold) if seen.shows_words else ""
            feedback.case_answer = (case.answer or implied) if has_words else ""
            feedback.case_must_contain = list(case.must_contain) if has_words else []
            return self._reviewed(session, caller, record, feedback, FeedbackState.ACCEPTED)

    def dismiss(self, caller: Caller, answer_id: str) -> VisibleAnswer:
        """Make nothing of it. For reviewers. Raises AnswerNotFound."""
        caller.require(Right.REVIEW)
        with self._database.write() as session:
            record, feedback = self._find(session, caller, answer_id)
            feedback.case_type, feedback.case_gold = None, []
            feedback.case_answer, feedback.case_must_contain = "", []
            return self._reviewed(session, caller, record, feedback, FeedbackState.DISMISSED)

    def _find(
        self, session: Session, caller: Caller, answer_id: str
    ) -> tuple[AnswerRecord, AnswerFeedback]:
        record = self._answers.find(session, caller, answer_id)
        feedback = session.get(AnswerFeedback, answer_id)
        if feedback is None:
            raise AnswerNotFound(f"Nobody has judged answer {answer_id}.")
        return record, feedback

    def _reviewed(
        self,
        session: Session,
        caller: Caller,
        record: AnswerRecord,
        feedback: AnswerFeedback,
        state: FeedbackState,
    ) -> VisibleAnswer:
        feedback.state = state
        feedback.reviewed_by = caller.principal.user
        feedback.reviewed_at = utc_now()
        self._answers.prolong(record)
        record_audit(
            session,
            actor=caller.principal.user,
            action=f"feedback_{state.value}",
            subject=record.id,
        )
        session.flush()
        return visible_answers(session, caller, [record])[0]


def _gold(
    session: Session, caller: Caller, feedback: AnswerFeedback, case: Case
) -> tuple[str, ...]:
    if case.type == UNANSWERABLE:
        return ()
    if case.gold:
        _require_readable(session, caller, case.gold)
        return case.gold
    implied = _implied_gold(session, feedback) if case.gold is None else ()
    readable = readable_documents(session, caller.principal, implied)
    # Those that may not be read are not named: their ids are no more the caller's than their text.
    if not implied or len(readable) < len(implied):
        raise CaseWithoutGold(
            "Name the documents that answer the question in `gold`, or give the case the type "
            f"{UNANSWERABLE!r}: nothing answers it. Only what you may read can be taken from the "
            "feedback."
        )
    return implied


def _implied_answer(feedback: AnswerFeedback, gold: Sequence[str]) -> str:
    """What the asker expected. It may quote the documents that the asker named, and a case is shown
    to who may read its gold: so these must be among it.
    """
    return feedback.expected_answer if set(feedback.expected_documents) <= set(gold) else ""


def _implied_gold(session: Session, feedback: AnswerFeedback) -> tuple[str, ...]:
    """What the asker expected, else what a good answer cites."""
    if feedback.expected_documents or feedback.verdict != FeedbackVerdict.UP:
        return tuple(feedback.expected_documents)
    cited = select(RecordedCitation.document_id).where(
        RecordedCitation.answer_id == feedback.answer_id
    )
    return tuple(dict.fromkeys(session.scalars(cited.order_by(RecordedCitation.id))))


def _require_readable(session: Session, caller: Caller, document_ids: Sequence[str]) -> None:
    readable = readable_documents(session, caller.principal, document_ids)
    for document_id in document_ids:
        if document_id not in readable:
            raise FeedbackDocumentUnknown(
                f"There is no document {document_id} that you may read. Name documents by the "
                "`id` that searches and answers show."
            )
