"""What OpenAI's chat completions and models look like, as far as Vouch reads and writes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.assistants import BUILT_IN_NAME
from serving.answer.schemas import AnswerResponse


class _Lenient(BaseModel):
    """Clients send whatever their models know: what is not named here is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ContentPart(_Lenient):
    """A piece of a message's content."""

    type: str = Field(examples=["text"])
    text: str | None = None


class ChatMessage(_Lenient):
    """One message. Those of `system` and `developer` are not followed: the documents and the checks
    decide what an answer says.
    """

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None


class StreamOptions(_Lenient):
    include_usage: bool | None = None


class ResponseFormat(_Lenient):
    type: str


class ChatCompletionRequest(_Lenient):
    """A conversation whose last message is a question. What is not listed here, such as
    `temperature`, `max_tokens`, `stop`, `seed` or `tools`, is accepted and does nothing.
    """

    model: str = Field(
        max_length=256,
        description="The name of an assistant; `/v1/models` lists them.",
        examples=[BUILT_IN_NAME],
    )
    messages: list[ChatMessage] = Field(min_length=1, max_length=10_000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, description="Only 1: there is one checked answer.")
    tool_choice: Any = Field(default=None, description="Only `none` or `auto`: no tool is called.")
    function_call: Any = Field(default=None, description="As `tool_choice`.")
    response_format: ResponseFormat | None = Field(
        default=None, description="Only of the type `text`."
    )
    modalities: list[str] | None = Field(default=None, description="Only `text`.")


class UrlCitation(BaseModel):
    """Where in the content a marker stands, and which document it cites."""

    start_index: int = Field(description="In characters of the content, from 0.")
    end_index: int = Field(description="Exclusive.")
    title: str
    url: str


class Annotation(BaseModel):
    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class CompletionUsage(BaseModel):
    """The tokens of the model that wrote the answer; 0 where sentences are quoted without one."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionMessage(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    index: Literal[0] = 0
    message: CompletionMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(BaseModel):
    """An answer. `vouch` is what `/v1/answer` returns for it: claims with verdicts, quotes, and the
    answer's id for feedback.
    """

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    vouch: AnswerResponse


def _is_none(value: object) -> bool:
    return value is None


class Delta(BaseModel):
    """What a chunk adds; only the fields that are set are sent."""

    role: Literal["assistant"] | None = Field(default=None, exclude_if=_is_none)
    content: str | None = Field(default=None, exclude_if=_is_none)
    annotations: list[Annotation] | None = Field(default=None, exclude_if=_is_none)


class ChunkChoice(BaseModel):
    index: Literal[0] = 0
    delta: Delta
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class ChatCompletionChunk(BaseModel):
    """A part of a streamed answer; `vouch` comes with the last of the content."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: CompletionUsage | None = Field(default=None, exclude_if=_is_none)
    vouch: AnswerResponse | None = Field(default=None, exclude_if=_is_none)


class ModelInfo(BaseModel):
    """An assistant as a model."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Seconds since 1970.")
    owned_by: str = Field(description="The name of the assistant's owner.")
    description: str


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelInfo]
