"""POST /v1/answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse

from core.identity import Caller
from serving.answer.examples import ANSWER_REQUESTS, ANSWER_RESPONSES
from serving.answer.presenting import AnswerPresenter
from serving.answer.runner import AnswerEvents
from serving.answer.schemas import AnswerRequest, AnswerResponse
from serving.answer.sse import STREAM_HEADERS, sse_events
from serving.answer.wanted import WantedAnswer
from serving.answer.watching import LOOK_FOR_DISCONNECT_S, begun, whole_answer
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_of, problem_responses
from serving.schemas import turns_of
from serving.services import Services

router = APIRouter(tags=["answer"])

_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    200: {
        "content": {
            "application/json": {"examples": ANSWER_RESPONSES},
            EventSourceResponse.media_type: {"schema": {"type": "string"}},
        }
    },
}


@router.post(
    "/answer", summary="Answer a question", responses=_RESPONSES, response_model=AnswerResponse
)
async def answer(
    request: Request,
    asked: Annotated[AnswerRequest, Body(openapi_examples=ANSWER_REQUESTS)],
    caller: CallerDep,
    services: ServicesDep,
) -> AnswerResponse | EventSourceResponse:
    """An answer in which every sentence cites a passage and has been checked against it; whole, or
    sentence by sentence as it is made. A client that goes away stops it.
    """
    if asked.stream:
        return await _streamed(request, await _events(asked, caller, services))
    return await answer_whole(asked, caller, services, request=request)


async def answer_whole(
    asked: AnswerRequest, caller: Caller, services: Services, *, request: Request | None = None
) -> AnswerResponse:
    """The answer in one piece. Who asks without a request stops it by cancelling."""
    events = await _events(asked, caller, services, heartbeat_s=LOOK_FOR_DISCONNECT_S)
    started, answer = await whole_answer(events, request=request)
    return AnswerPresenter(started).finished(answer)


async def _events(
    asked: AnswerRequest, caller: Caller, services: Services, *, heartbeat_s: float | None = None
) -> AnswerEvents:
    assistant = await run_in_threadpool(services.assistants.resolve, caller, asked.assistant)
    wanted = WantedAnswer.of(
        assistant,
        question=asked.question,
        history=turns_of(asked.history),
        understand=asked.understand,
        filters=asked.filters,
        unsupported=asked.unsupported,
        language=asked.language,
    )
    return services.runner.events(caller, wanted, heartbeat_s=heartbeat_s)


async def _streamed(request: Request, events: AnswerEvents) -> EventSourceResponse:
    started = await begun(events)
    return EventSourceResponse(
        sse_events(
            events,
            AnswerPresenter(started),
            problem_of=lambda error: problem_of(request, error),
        ),
        headers=STREAM_HEADERS,
    )
