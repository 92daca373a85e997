"""Answers are kept for as long as the setting says, and not at all for 0."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.access import Principal
from core.answers import AnswerNotFound, AnswerStore, GivenAnswer
from core.catalog.database import Database
from core.catalog.models import AnswerFeedback, AnswerRecord, FeedbackVerdict, Role, utc_now
from core.feedback import Feedback, FeedbackStore
from core.identity import Caller

_ANA = Caller(key_id="k", role=Role.READER, principal=Principal(user="ana@acme.test"))


def _answer(answer_id: str) -> GivenAnswer:
    return GivenAnswer(
        id=answer_id,
        asker="ana@acme.test",
        question="Is there a gym?",
        earlier_questions=(),
        claims=(),
        model="extractive",
    )


def test_answer_is_forgotten_with_its_feedback_when_its_time_is_over(database: Database) -> None:
    answers = AnswerStore(database=database, keep_days=30)
    feedback = FeedbackStore(database=database, answers=answers)
    for answer_id in ("old", "new"):
        answers.record(_answer(answer_id))
        feedback.give(_ANA, answer_id, Feedback(verdict=FeedbackVerdict.UP))
    with database.write() as session:
        session.get_one(AnswerRecord, "old").expires_at = utc_now()
    answers.forget_expired()
    assert answers.get(_ANA, "new").feedback is not None
    with pytest.raises(AnswerNotFound, match="kept for 30 days"):
        answers.get(_ANA, "old")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerFeedback)) == 1


def test_feedback_keeps_an_answer_for_the_whole_time_again(database: Database) -> None:
    answers = AnswerStore(database=database, keep_days=30)
    answers.record(_answer("a"))
    with database.write() as session:
        session.get_one(AnswerRecord, "a").expires_at = utc_now() + timedelta(hours=1)
    FeedbackStore(database=database, answers=answers).give(
        _ANA, "a", Feedback(verdict=FeedbackVerdict.DOWN)
    )
    assert answers.get(_ANA, "a").record.expires_at > utc_now() + timedelta(days=29)


def test_nothing_is_kept_for_zero_days(database: Database) -> None:
    answers = AnswerStore(database=database, keep_days=0)
    answers.record(_answer("a"))
    with pytest.raises(AnswerNotFound, match="VOUCH_ANSWER__KEEP_DAYS"):
        answers.get(_ANA, "a")
    with database.read() as session:
        assert session.scalars(select(AnswerRecord)).all() == []


def test_a_shorter_setting_does_not_make_feedback_forget_the_answer(database: Database) -> None:
    AnswerStore(database=database, keep_days=30).record(_answer("a"))
    answers = AnswerStore(database=database, keep_days=0)
    feedback = FeedbackStore(database=database, answers=answers)
    feedback.give(_ANA, "a", Feedback(verdict=FeedbackVerdict.DOWN))
    answers.forget_expired()
    assert answers.get(_ANA, "a").record.expires_at > utc_now() + timedelta(days=29)
