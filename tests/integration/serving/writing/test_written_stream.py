"""The stream of an answer while a model is still writing it."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from tests.integration.serving.sse import read_events
from tests.integration.serving.writing.conftest import USER, WrittenVouch
from tests.integration.serving.writing.test_written_answers import LEAVE, SENTENCE
from vouch.client import ApiProblem


def test_sentence_is_sent_checked_while_the_model_still_writes(written: WrittenVouch) -> None:
    with written.stream("waiting", LEAVE) as response:
        events = read_events(response)
        names = []
        for name, data in events:
            names.append(name)
            if name == "claim":
                assert data["text"] == SENTENCE
                assert data["verdict"] == "supported"
                break
        assert [name for name in names if name] == ["meta", "sources", "claim"]
        # Until now the model has not been allowed to end.
        written.scripted.go_on()
        assert [name for name, _ in events][-1] == "done"


def test_silence_is_filled_with_comments(written: WrittenVouch) -> None:
    with written.stream("waiting", LEAVE) as response:
        events = read_events(response)
        assert next(name for name, _ in events if name in ("", "done")) == ""
        written.scripted.go_on()
        assert [name for name, _ in events][-1] == "done"


def test_client_that_goes_away_stops_the_model(patient: WrittenVouch) -> None:
    before = len(patient.scripted.hung_up())
    with patient.stream("waiting", LEAVE) as response:
        next(name for name, _ in read_events(response) if name == "claim")
    patient.scripted.wait_until_hung_up(before + 1)


def test_client_that_goes_away_before_the_first_word_stops_the_model(patient: WrittenVouch) -> None:
    before, asked = len(patient.scripted.hung_up()), len(patient.scripted.asked())
    with patient.stream("silent", LEAVE):
        patient.scripted.wait_until_asked(asked + 1)
    patient.scripted.wait_until_hung_up(before + 1)


def test_more_answers_than_allowed_at_once_are_refused(written: WrittenVouch) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(written.stream("waiting", LEAVE))
        with pytest.raises(ApiProblem, match="3 answers are being made at once") as caught:
            written.vouch.client_for(USER).post("/v1/answer", {"question": LEAVE})
        assert caught.value.problem["status"] == 503
        written.scripted.go_on()
    _wait_until_free(written)


def test_whole_is_what_the_events_told(written: WrittenVouch) -> None:
    with written.stream("breaking-off", LEAVE) as response:
        events = list(read_events(response))
    done = events[-1][1]
    assert done["claims"] == [data for name, data in events if name == "claim"]
    assert done["notices"] == [data for name, data in events if name == "notice"]
    assert [notice["code"] for notice in done["notices"]] == ["cut_short"]


def test_error_within_a_stream_is_a_problem(written: WrittenVouch) -> None:
    with written.stream("inventing", LEAVE, unsupported="fail") as response:
        events = list(read_events(response))
    name, problem = events[-1]
    assert name == "error"
    assert problem["status"] == 422
    assert "`drop`" in problem["detail"]


def _wait_until_free(written: WrittenVouch) -> None:
    """Until what was hung up on has ended."""
    deadline = time.monotonic() + 20
    while written.vouch.embedded.services.runner.under_way:
        assert time.monotonic() < deadline, "answers are still being made"
        time.sleep(0.02)
