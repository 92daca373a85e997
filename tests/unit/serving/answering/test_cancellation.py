"""Word that an answer is wanted no more reaches what is under way."""

from __future__ import annotations

import pytest

from serving.answering.cancellation import AnswerCancelled, Cancellation


def test_cancelling_stops_what_is_under_way_once() -> None:
    cancellation = Cancellation()
    stopped: list[str] = []
    with cancellation.stopping(lambda: stopped.append("model")):
        cancellation.cancel()
        cancellation.cancel()
    assert stopped == ["model"]
    assert cancellation.is_cancelled


def test_what_has_ended_is_not_stopped() -> None:
    cancellation = Cancellation()
    stopped: list[str] = []
    with cancellation.stopping(lambda: stopped.append("model")):
        pass
    cancellation.cancel()
    assert stopped == []


def test_nothing_begins_after_it() -> None:
    cancellation = Cancellation()
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(AnswerCancelled):
        cancellation.check()
    with pytest.raises(AnswerCancelled), cancellation.stopping(lambda: None):
        pytest.fail("this must not begin")
