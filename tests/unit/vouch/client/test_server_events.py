"""Server-sent events, in whatever pieces they come."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouch.client.errors import ApiProblem, NoServer
from vouch.client.server_events import EventReader, ServerEvent

_EVENTS = [
    ServerEvent("meta", {"question": "Two\u2028lines, \x85 three?"}),
    ServerEvent("sources", [{"marker": 1}]),
    ServerEvent("done", {"answer": "a\n\nb"}),
]


def _wire(line_end: str) -> str:
    lines = [": keep alive", ""]
    for event in _EVENTS:
        data = json.dumps(event.data, ensure_ascii=False)
        lines += [f"event: {event.name}", f"data: {data}", ""]
    return line_end.join([*lines, ""])


@given(cuts=st.lists(st.integers(0, 200)), line_end=st.sampled_from(["\n", "\r\n"]))
def test_events_are_the_same_in_whatever_pieces_they_come(cuts: list[int], line_end: str) -> None:
    wire = _wire(line_end)
    ends = [0, *sorted(cuts), len(wire)]
    reader = EventReader()
    read = [event for start, end in pairwise(ends) for event in reader.feed(wire[start:end])]
    assert read == _EVENTS
    reader.end("http://vouch.test")


def test_problem_in_the_stream_is_raised() -> None:
    problem = {"status": 422, "detail": "Ask with `drop`."}
    with pytest.raises(ApiProblem, match="`drop`") as raised:
        list(EventReader().feed(f"event: error\ndata: {json.dumps(problem)}\n\n"))
    assert raised.value.problem == problem


@pytest.mark.parametrize("wire", ["", 'event: meta\ndata: {}\n\nevent: done\ndata: {"id'])
def test_stream_without_its_end_is_no_answer(wire: str) -> None:
    reader = EventReader()
    list(reader.feed(wire))
    with pytest.raises(NoServer, match="in the middle of an answer"):
        reader.end("http://vouch.test")
