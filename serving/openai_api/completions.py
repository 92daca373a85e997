"""An answer as a chat completion: whole, and as a stream of chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel

from core.catalog.models import utc_now
from serving.answer.events import Answer, ClaimGiven, Finished, Notice, Started
from serving.answer.presenting import AnswerPresenter
from serving.answer.runner import AnswerEvents
from serving.openai_api.content import ChatContent
from serving.openai_api.error_form import OpenAIErrorResponse
from serving.openai_api.schemas import (
    Annotation,
    ChatCompletion,
    ChatCompletionChunk,
    Choice,
    ChunkChoice,
    CompletionMessage,
    CompletionUsage,
    Delta,
)

_DONE = format_sse_event(data_str="[DONE]")


class CompletionPresenter:
    """Presents one answer of `model`, the name of its assistant."""

    def __init__(self, started: Started, *, model: str, content: ChatContent) -> None:
        self._answer = AnswerPresenter(started)
        self._content = content
        self._id = f"chatcmpl-{started.id}"
        self._model = model
        self._created = int(utc_now().timestamp())

    def whole(self, answer: Answer) -> ChatCompletion:
        """The answer in one piece."""
        response = self._answer.finished(answer)
        pieces = [self._content.claim(claim) for claim in response.claims]
        pieces.append(self._content.end(answer, response))
        return ChatCompletion(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=[
                Choice(
                    message=CompletionMessage(
                        content="".join(pieces),
                        annotations=self._content.annotations(response.sources),
                    )
                )
            ],
            usage=_usage(answer),
            vouch=response,
        )

    def begin(self) -> ChatCompletionChunk:
        """Whose message it is."""
        return self._chunk(Delta(role="assistant", content=""))

    def claim(self, given: ClaimGiven) -> ChatCompletionChunk:
        """A claim with its markers."""
        return self._chunk(Delta(content=self._content.claim(self._answer.claim(given.claim))))

    def end(self, answer: Answer) -> tuple[ChatCompletionChunk, ...]:
        """What follows the claims, and the end of the message with all that is known about it."""
        response = self._answer.finished(answer)
        rest = self._content.end(answer, response)
        annotations: list[Annotation] = self._content.annotations(response.sources)
        last = self._chunk(Delta(annotations=annotations), is_last=True)
        last.vouch = response
        return (self._chunk(Delta(content=rest)), last) if rest else (last,)

    def usage(self, answer: Answer) -> ChatCompletionChunk:
        """What it cost, in a chunk without choices."""
        chunk = self._chunk(Delta())
        chunk.choices.clear()
        chunk.usage = _usage(answer)
        return chunk

    def _chunk(self, delta: Delta, *, is_last: bool = False) -> ChatCompletionChunk:
        choice = ChunkChoice(delta=delta, finish_reason="stop" if is_last else None)
        return ChatCompletionChunk(
            id=self._id, created=self._created, model=self._model, choices=[choice]
        )


async def sse_chunks(
    events: AnswerEvents,
    presenter: CompletionPresenter,
    *,
    includes_usage: bool,
    error_of: Callable[[Exception], OpenAIErrorResponse],
) -> AsyncIterator[bytes]:
    """The chunks as server-sent events: the role, each claim once it is checked, the rest, and
    `[DONE]`; or an error, which ends it. A None becomes a comment, which keeps proxies from
    closing an idle connection. `events` are those after `Started`.
    """
    try:
        async with aclosing(events):
            yield _event(presenter.begin())
            async for event in events:
                match event:
                    case None:
                        yield KEEPALIVE_COMMENT
                    case ClaimGiven():
                        yield _event(presenter.claim(event))
                    case Notice():
                        # Said at the end, with the others: a reader would take it for the answer.
                        continue
                    case Finished(answer):
                        for chunk in presenter.end(answer):
                            yield _event(chunk)
                        if includes_usage:
                            yield _event(presenter.usage(answer))
                    case Started():
                        raise AssertionError("a stream starts once")
        yield _DONE
    except Exception as error:  # noqa: BLE001  (the status is spent: the error goes as an event)
        yield _event(error_of(error))


def _usage(answer: Answer) -> CompletionUsage:
    usage = answer.usage
    return CompletionUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )


def _event(data: BaseModel) -> bytes:
    return format_sse_event(data_str=data.model_dump_json())
