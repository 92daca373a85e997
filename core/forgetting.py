"""Taking the text of documents out of kept answers and feedback when the documents lose it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import String, cast, delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from core.catalog.models import AnswerFeedback, RecordedCitation, RecordedClaim

_CLAIM = tuple_(RecordedClaim.answer_id, RecordedClaim.position)
_CITED_CLAIM = (RecordedCitation.answer_id, RecordedCitation.position)


def forget_documents(session: Session, document_ids: Collection[str]) -> dict[str, int]:
    """Delete kept claims that cite one of the documents, and what people wrote of them: nobody
    may read it any more.

    Returns how many claims cited each document, where there was one.
    """
    cites = RecordedCitation.document_id.in_(document_ids)
    counts = Counter(
        row.document_id
        for row in session.execute(
            select(RecordedCitation.document_id, *_CITED_CLAIM).where(cites).distinct()
        )
    )
    _forget_words(session, set(document_ids))
    session.execute(delete(RecordedClaim).where(_CLAIM.in_(select(*_CITED_CLAIM).where(cites))))
    return dict(counts)


def forget_lost_quotes(session: Session, texts: Mapping[str, str]) -> None:
    """Empty the kept claims whose quotes no longer stand in the document; that they cited it stays.

    `texts` are the new normalised texts by document id.
    """
    citations = session.scalars(
        select(RecordedCitation).where(RecordedCitation.document_id.in_(texts))
    ).all()
    for citation in citations:
        if citation.quote not in texts[citation.document_id]:
            # Its other quotes say the same.
            session.execute(
                update(RecordedCitation)
                .where(
                    RecordedCitation.answer_id == citation.answer_id,
                    RecordedCitation.position == citation.position,
                )
                .values(quote="")
            )
            session.execute(
                update(RecordedClaim)
                .where(
                    RecordedClaim.answer_id == citation.answer_id,
                    RecordedClaim.position == citation.position,
                )
                .values(text="")
            )


def _forget_words(session: Session, document_ids: set[str]) -> None:
    """Empty what was written of answers that cite the documents, and of the documents."""
    citing = select(RecordedCitation.answer_id).where(
        RecordedCitation.document_id.in_(document_ids)
    )
    citing_ids = set(session.scalars(citing))
    may_name = or_(
        AnswerFeedback.answer_id.in_(citing),
        cast(AnswerFeedback.expected_documents, String) != "[]",
        cast(AnswerFeedback.case_gold, String) != "[]",
    )
    for feedback in session.scalars(select(AnswerFeedback).where(may_name)):
        if feedback.answer_id in citing_ids or document_ids & {*feedback.expected_documents}:
            feedback.comment = feedback.expected_answer = ""
        if document_ids & {*feedback.case_gold}:
            feedback.case_answer, feedback.case_must_contain = "", []
    session.flush()
