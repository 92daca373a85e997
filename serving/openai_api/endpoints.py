"""/v1/chat/completions and /v1/models, as OpenAI's clients know them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse

from core.assistants import Assistant
from serving.answer.runner import AnswerEvents
from serving.answer.sse import STREAM_HEADERS
from serving.answer.wanted import WantedAnswer
from serving.answer.watching import LOOK_FOR_DISCONNECT_S, begun, whole_answer
from serving.dependencies import CallerDep, ServicesDep
from serving.openai_api.completions import CompletionPresenter, sse_chunks
from serving.openai_api.content import ChatContent
from serving.openai_api.conversation import read_conversation
from serving.openai_api.error_form import OPENAI_ERROR_RESPONSES, OpenAIRoute, openai_error
from serving.openai_api.parameters import refuse_misleading
from serving.openai_api.schemas import (
    ChatCompletion,
    ChatCompletionRequest,
    ModelInfo,
    ModelList,
)
from serving.problems import problem_of

router = APIRouter(tags=["openai"], route_class=OpenAIRoute, responses=OPENAI_ERROR_RESPONSES)


@router.post(
    "/chat/completions",
    summary="Answer in a chat",
    response_model=ChatCompletion,
    responses={200: {"content": {EventSourceResponse.media_type: {"schema": {"type": "string"}}}}},
)
async def create_chat_completion(
    request: Request, asked: ChatCompletionRequest, caller: CallerDep, services: ServicesDep
) -> ChatCompletion | EventSourceResponse:
    """What `/v1/answer` does, in OpenAI's form: the model is an assistant, the last message the
    question. Markers `[n]` in the content are `annotations`, and `vouch` has the whole answer.
    Errors have OpenAI's form, too.
    """
    refuse_misleading(asked)
    conversation = read_conversation(asked.messages)
    assistant = await run_in_threadpool(services.assistants.resolve, caller, asked.model)
    events = services.runner.events(
        caller,
        WantedAnswer.of(assistant, question=conversation.question, history=conversation.history),
        heartbeat_s=None if asked.stream else LOOK_FOR_DISCONNECT_S,
    )
    content = ChatContent(
        document_url=lambda document_id: str(
            request.url_for("get_document", document_id=document_id)
        )
    )
    if asked.stream:
        return await _streamed(request, asked, events, content=content)
    started, answer = await whole_answer(events, request=request)
    return CompletionPresenter(started, model=asked.model, content=content).whole(answer)


async def _streamed(
    request: Request,
    asked: ChatCompletionRequest,
    events: AnswerEvents,
    *,
    content: ChatContent,
) -> EventSourceResponse:
    started = await begun(events)
    options = asked.stream_options
    return EventSourceResponse(
        sse_chunks(
            events,
            CompletionPresenter(started, model=asked.model, content=content),
            includes_usage=bool(options and options.include_usage),
            error_of=lambda error: openai_error(problem_of(request, error)),
        ),
        headers=STREAM_HEADERS,
    )


@router.get("/models", summary="List assistants as models")
def list_models(caller: CallerDep, services: ServicesDep) -> ModelList:
    """The assistants that the user may use, an admin's key or not."""
    return ModelList(
        data=[_model_info(assistant) for assistant in services.assistants.list_usable(caller)]
    )


# As a path, since names of other servers' models have slashes: they are unknown models, too.
@router.get("/models/{model:path}", summary="Get an assistant as a model")
def get_model(model: str, caller: CallerDep, services: ServicesDep) -> ModelInfo:
    """Also 404 for one that the user may not use."""
    return _model_info(services.assistants.resolve(caller, model))


def _model_info(assistant: Assistant) -> ModelInfo:
    return ModelInfo(
        id=assistant.name,
        created=int(assistant.created_at.timestamp()),
        owned_by=assistant.owner_name,
        description=assistant.description,
    )
