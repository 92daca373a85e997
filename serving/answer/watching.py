"""Reading the events of an answer that is being made."""

from __future__ import annotations

from contextlib import aclosing

from fastapi import Request

from serving.answer.events import Answer, Finished, Started
from serving.answer.runner import AnswerEvents
from serving.answering.cancellation import AnswerCancelled

LOOK_FOR_DISCONNECT_S = 1.0
"""How long `whole_answer` may be left without an event, so that it notices that nobody waits."""


async def begun(events: AnswerEvents) -> Started:
    """The first event. What fails before there is anything to send is raised here, while the
    response's status can still be chosen.
    """
    while not isinstance(started := await anext(events), Started):
        pass
    return started


async def whole_answer(events: AnswerEvents, *, request: Request | None) -> tuple[Started, Answer]:
    """Wait for all of it, as long as the request's client waits.

    Raises AnswerCancelled, and what the events raise.
    """
    async with aclosing(events):
        async for event in events:
            match event:
                case None if request is not None and await request.is_disconnected():
                    break
                case Started():
                    started = event
                case Finished(answer):
                    return started, answer
    raise AnswerCancelled("The client went away before its answer was complete.")
