"""Answers are recorded beside the requests: in the end all of them, never more than may wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from core.answers import AnswerStore, GivenAnswer
from core.catalog.database import Database
from core.catalog.models import AnswerRecord
from serving.answer.recording import AnswerRecorder


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    database.upgrade()
    yield database
    database.close()


def _answer(answer_id: str) -> GivenAnswer:
    return GivenAnswer(
        id=answer_id,
        asker="ana@acme.test",
        question="Is there a gym?",
        earlier_questions=(),
        claims=(),
        model="extractive",
    )


def _recorder(database: Database, *, max_waiting: int) -> AnswerRecorder:
    answers = AnswerStore(database=database, keep_days=30)
    return AnswerRecorder(answers=answers, max_waiting=max_waiting)


def _kept(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(AnswerRecord.id)))


def _not_kept() -> float:
    return REGISTRY.get_sample_value("vouch_answers_not_kept_total") or 0


def test_answer_is_there_once_it_is_settled(database: Database) -> None:
    recorder = _recorder(database, max_waiting=10)
    recorder.submit(_answer("a"))
    recorder.settle("a")
    assert _kept(database) == {"a"}
    recorder.settle("never given")
    recorder.close()


def test_what_waits_at_the_end_is_recorded_and_no_more(database: Database) -> None:
    recorder = _recorder(database, max_waiting=10)
    for answer_id in "abcde":
        recorder.submit(_answer(answer_id))
    recorder.close()
    before = _not_kept()
    recorder.submit(_answer("late"))
    assert _kept(database) == set("abcde")
    assert _not_kept() == before + 1


def test_answers_beyond_those_that_may_wait_are_counted_and_not_kept(database: Database) -> None:
    recorder = _recorder(database, max_waiting=2)
    before = _not_kept()
    with database.write() as session:
        session.connection()  # Only now is the lock taken.
        for answer_id in "abc":
            recorder.submit(_answer(answer_id))
    recorder.close()
    assert _kept(database) == {"a", "b"}
    assert _not_kept() == before + 1


def test_answer_that_cannot_be_recorded_does_not_hold_up_the_next(database: Database) -> None:
    recorder = _recorder(database, max_waiting=10)
    before = _not_kept()
    for answer_id in "aab":
        recorder.submit(_answer(answer_id))
        recorder.settle(answer_id)
    recorder.close()
    assert _kept(database) == {"a", "b"}
    assert _not_kept() == before + 1
