"""An answer as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel, TypeAdapter

from serving.answer.events import ClaimGiven, Finished, Notice, Started
from serving.answer.presenting import AnswerPresenter, notice_info
from serving.answer.runner import AnswerEvents
from serving.answer.schemas import SourceUsed
from serving.problems import Problem

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody on the way is to keep it, or to hold it back."""

_SOURCES = TypeAdapter(list[SourceUsed])


async def sse_events(
    events: AnswerEvents,
    presenter: AnswerPresenter,
    *,
    problem_of: Callable[[Exception], Problem],
) -> AsyncIterator[bytes]:
    """`meta`, then for each claim `sources` (where it cites documents for the first time) and
    `claim`; `notice`; at the end `done` or `error`. A None becomes a comment, which keeps proxies
    from closing an idle connection. `events` are those after `Started`.
    """
    yield _event("meta", presenter.started())
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case None:
                        yield KEEPALIVE_COMMENT
                    case ClaimGiven(claim):
                        if sources := presenter.new_sources(claim):
                            data = _SOURCES.dump_json(sources).decode()
                            yield format_sse_event(event="sources", data_str=data)
                        yield _event("claim", presenter.claim(claim))
                    case Notice():
                        yield _event("notice", notice_info(event))
                    case Finished(answer):
                        yield _event("done", presenter.finished(answer))
                    case Started():
                        raise AssertionError("a stream starts once")
    except Exception as error:  # noqa: BLE001  (the status is spent: the problem goes as an event)
        yield _event("error", problem_of(error))


def _event(name: str, data: BaseModel) -> bytes:
    return format_sse_event(event=name, data_str=data.model_dump_json())
