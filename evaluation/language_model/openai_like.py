"""A model behind an OpenAI-compatible chat endpoint, through LlamaIndex's `OpenAILike`.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.llms.openai_like import OpenAILike
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    NotFoundError,
    OpenAI,
    OpenAIError,
    PermissionDeniedError,
    RateLimitError,
)
from pydantic import BaseModel

from core.settings import JudgeSettings
from evaluation.language_model.contract import (
    ModelMisconfigured,
    ModelUnavailable,
    NoUsableReply,
    ReplyT,
)
from evaluation.language_model.material import delimited
from evaluation.language_model.replies import parse_reply

# Models that think before they reply spend most of it on that.
_MAX_REPLY_TOKENS = 2_000
_MAX_RETRIES = 2
_REFUSED_MATERIAL = (400, 413, 422)


class OpenAILikeModel:
    """Chat completions at temperature 0, held to a JSON schema where the server can do that.

    A server that refuses the schema is asked without it from then on, and its replies are only
    parsed. Passing failures are tried twice more, with a growing pause.
    """

    def __init__(self, model: OpenAILike) -> None:
        self._model = model
        self._takes_schemas = True

    @classmethod
    def from_settings(cls, settings: JudgeSettings) -> Self:
        """Raises ModelMisconfigured where address or model is not set."""
        if settings.url is None or settings.model is None:
            raise ModelMisconfigured(
                "No model is set. Set VOUCH_JUDGE__URL, such as http://models.internal:8000/v1, "
                "and VOUCH_JUDGE__MODEL."
            )
        # The client insists on a key, and most servers of one's own want none.
        key = settings.api_key.get_secret_value() if settings.api_key else "none"
        client = OpenAI(
            api_key=key,
            base_url=str(settings.url),
            timeout=settings.timeout_s,
            max_retries=_MAX_RETRIES,
        )
        return cls(
            OpenAILike(
                model=settings.model,
                api_base=str(settings.url),
                api_key=key,
                # Its own retries would multiply with the client's, and log what the server says.
                max_retries=0,
                max_tokens=_MAX_REPLY_TOKENS,
                temperature=0.0,
                is_chat_model=True,
                openai_client=client,
            )
        )

    @property
    def name(self) -> str:
        return str(self._model.model)

    def ask(self, instructions: str, *, material: Mapping[str, str], reply: type[ReplyT]) -> ReplyT:
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=instructions),
            ChatMessage(role=MessageRole.USER, content=delimited(material)),
        ]
        if not self._takes_schemas:
            return parse_reply(self._chat(messages), reply=reply)
        try:
            text = self._chat(messages, response_format=_response_format(reply))
        except NoUsableReply:
            # Too long a prompt is refused with the same status as a schema: asking without one
            # tells them apart.
            text = self._chat(messages)
            self._takes_schemas = False
        return parse_reply(text, reply=reply)

    def _chat(self, messages: list[ChatMessage], **options: Any) -> str | None:
        try:
            answered = self._model.chat(messages, **options)
        except OpenAIError as error:
            failure = _translated(error)
        else:
            content: str | None = answered.message.content
            return content
        # Outside of the handler: the client's message may quote documents.
        raise failure


def _translated(error: OpenAIError) -> Exception:
    if isinstance(error, AuthenticationError | PermissionDeniedError | NotFoundError):
        return ModelMisconfigured(
            f"The model's endpoint refuses the request (status {error.status_code}). Check "
            "VOUCH_JUDGE__URL, __MODEL and __API_KEY."
        )
    if isinstance(error, APIStatusError) and error.status_code in _REFUSED_MATERIAL:
        return NoUsableReply(
            f"The model's endpoint refuses this text (status {error.status_code}): it may be too "
            "long for the model."
        )
    if isinstance(error, RateLimitError):
        return ModelUnavailable(
            "The model's endpoint limits the rate. Lower VOUCH_JUDGE__CONCURRENCY."
        )
    if isinstance(error, APITimeoutError):
        return ModelUnavailable(
            "The model's endpoint does not answer in time. Raise VOUCH_JUDGE__TIMEOUT_S, or lower "
            "VOUCH_JUDGE__CONCURRENCY."
        )
    if isinstance(error, APIConnectionError):
        return ModelUnavailable("Nothing answers at VOUCH_JUDGE__URL.")
    if isinstance(error, APIStatusError):
        return ModelUnavailable(
            f"The model's endpoint answers with the status {error.status_code}."
        )
    return ModelUnavailable(f"The model failed with {type(error).__name__}.")


def _response_format(reply: type[BaseModel]) -> dict[str, Any]:
    schema = {"name": reply.__name__, "schema": reply.model_json_schema(), "strict": True}
    return {"type": "json_schema", "json_schema": schema}
