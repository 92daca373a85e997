"""A model behind an OpenAI-compatible chat endpoint, through LlamaIndex's `OpenAILike`.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import httpx
from llama_index.core.llms import ChatMessage, ChatResponse, MessageRole
from llama_index.llms.openai_like import OpenAILike
from openai import APIStatusError, OpenAI, OpenAIError
from pydantic import SecretStr

from core.errors import VouchError
from core.language_models.contract import Message, ModelUnavailable, TextStream, Usage
from core.language_models.hanging_up import Line, client_with_lines, on
from core.language_models.openai_errors import REFUSED_REQUEST, translated


class OpenAILikeModel:
    """Streams chat completions. It never asks twice, as whoever asks knows whether it is worth it;
    but a server that refuses a JSON schema is asked without it, then and from then on.

    `settings` is the beginning of the endpoint's settings' names, for errors that say what to do.
    """

    def __init__(
        self,
        *,
        url: str,
        model: str,
        api_key: SecretStr | None,
        settings: str,
        timeout_s: float,
    ) -> None:
        self._settings = settings
        self._takes_schemas = True
        # The client insists on a key, and most servers of one's own want none.
        key = api_key.get_secret_value() if api_key else "none"
        client = OpenAI(
            api_key=key,
            base_url=url,
            max_retries=0,
            timeout=timeout_s,
            http_client=client_with_lines(timeout_s=timeout_s),
        )
        self._model = OpenAILike(
            model=model,
            api_base=url,
            api_key=key,
            # Its own retries would log what the server says, which may quote the prompt.
            max_retries=0,
            is_chat_model=True,
            openai_client=client,
        )

    @property
    def name(self) -> str:
        return str(self._model.model)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        timeout_s: float,
        temperature: float = 0.0,
        json_schema: dict[str, Any] | None = None,
    ) -> TextStream:
        options: dict[str, Any] = {
            "max_tokens": max_tokens,
            "temperature": temperature,
            "timeout": timeout_s,
            "stream_options": {"include_usage": True},
        }
        chat = [
            ChatMessage(role=MessageRole(message.role), content=message.content)
            for message in messages
        ]
        return _OpenAIStream(self._replies(chat, options, json_schema), settings=self._settings)

    def _replies(
        self,
        chat: Sequence[ChatMessage],
        options: dict[str, Any],
        json_schema: dict[str, Any] | None,
    ) -> Generator[ChatResponse, None, None]:
        """Nothing is asked before the first one is wanted."""
        if json_schema is None or not self._takes_schemas:
            yield from self._model.stream_chat(chat, **options)
            return
        schema = {"name": "reply", "schema": json_schema, "strict": True}
        held = {"response_format": {"type": "json_schema", "json_schema": schema}}
        try:
            yield from self._model.stream_chat(chat, **options, **held)
        except APIStatusError as error:
            if error.status_code not in REFUSED_REQUEST:
                raise
        else:
            return
        # Too long a prompt is refused with the same status as a schema: asking without one tells
        # them apart.
        for reply in self._model.stream_chat(chat, **options):
            self._takes_schemas = False
            yield reply


class _OpenAIStream:
    def __init__(self, replies: Iterator[ChatResponse], *, settings: str) -> None:
        self._settings = settings
        self._line = Line()
        self._pieces = self._read(replies)
        self.usage: Usage | None = None

    def __iter__(self) -> Generator[str, None, None]:
        return self._pieces

    def close(self) -> None:
        self._line.hang_up()

    def _read(self, replies: Iterator[ChatResponse]) -> Generator[str, None, None]:
        is_whole = False
        try:
            with on(self._line):
                reply = next(replies, None)
            while reply is not None:
                self._note_usage(reply.raw)
                is_whole = is_whole or _is_last(reply.raw)
                if reply.delta:
                    yield reply.delta
                reply = next(replies, None)
            if is_whole or self._line.is_hung_up:
                return
            failure: VouchError = ModelUnavailable("The model's reply broke off.")
        except OpenAIError as error:
            failure = translated(error, settings=self._settings)
        except httpx.HTTPError as error:
            failure = ModelUnavailable(f"The model's reply broke off ({type(error).__name__}).")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            # What the client makes of a reply that is not the protocol's.
            failure = ModelUnavailable(
                f"The model's endpoint does not speak the protocol ({type(error).__name__})."
            )
        finally:
            was_closed = self._line.is_hung_up
            self._line.release()
        # Outside of the handlers: the client's message may quote documents.
        if not was_closed:
            raise failure

    def _note_usage(self, raw: Any) -> None:
        usage = getattr(raw, "usage", None)
        if usage is not None:
            self.usage = Usage(
                prompt_tokens=usage.prompt_tokens or 0,
                completion_tokens=usage.completion_tokens or 0,
            )


def _is_last(raw: Any) -> bool:
    return any(choice.finish_reason is not None for choice in getattr(raw, "choices", ()))
