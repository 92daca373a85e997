"""Rewriting follow-ups by a model behind an OpenAI-compatible endpoint.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Self

from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.llms.openai_like import OpenAILike
from openai import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
)

from core.settings import RewriterSettings
from retrieval.questions.contract import RewriterMisconfigured, RewriterUnavailable, Turn

_PROMPT = files("retrieval.questions.rewriters").joinpath("standalone.txt").read_text("utf-8")
_MAX_REPLY_TOKENS = 200
_MAX_TURNS = 6
_MAX_TURN_CHARS = 2_000


class OpenAILikeRewriter:
    """One chat completion a follow-up, at temperature 0. It is never asked twice: the rules are
    there already, and the person waits.
    """

    def __init__(self, model: OpenAILike) -> None:
        self._model = model

    @classmethod
    def from_settings(cls, settings: RewriterSettings) -> Self:
        if settings.url is None or settings.model is None:
            raise RewriterMisconfigured(
                "The question rewriter needs an address and a model. Set "
                "VOUCH_QUESTIONS__REWRITER__URL, such as http://models.internal:8000/v1, and "
                "VOUCH_QUESTIONS__REWRITER__MODEL."
            )
        return cls(
            OpenAILike(
                model=settings.model,
                api_base=str(settings.url),
                # The client insists on a key, and most servers of one's own want none.
                api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
                timeout=settings.timeout_s,
                max_retries=0,
                max_tokens=_MAX_REPLY_TOKENS,
                temperature=0.0,
                is_chat_model=True,
            )
        )

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=_PROMPT),
            ChatMessage(role=MessageRole.USER, content=_conversation(question, history)),
        ]
        try:
            reply = self._model.chat(messages)
        except (AuthenticationError, PermissionDeniedError, NotFoundError) as error:
            failure: Exception = RewriterMisconfigured(
                f"The model's endpoint refuses the request (status {error.status_code}). Check "
                "VOUCH_QUESTIONS__REWRITER__URL, __MODEL and __API_KEY.",
            )
        except APIStatusError as error:
            failure = RewriterUnavailable(
                f"The model's endpoint answers with the status {error.status_code}."
            )
        except APIConnectionError:
            failure = RewriterUnavailable("The model's endpoint does not answer in time.")
        except OpenAIError as error:
            failure = RewriterUnavailable(f"The model failed with {type(error).__name__}.")
        else:
            return _question_of(reply.message.content)
        # Outside of the handler: the client's message may quote the conversation.
        raise failure


def _conversation(question: str, history: Sequence[Turn]) -> str:
    said = [f"{turn.role}: {turn.text[:_MAX_TURN_CHARS]}" for turn in history[-_MAX_TURNS:]]
    return "\n".join(["Conversation:", *said, "", f"Last question: {question}"])


def _question_of(reply: str | None) -> str:
    lines = [line.strip() for line in (reply or "").splitlines() if line.strip()]
    if len(lines) != 1:
        raise RewriterUnavailable("The model's reply is not one line.")
    return lines[0].strip('"“”')
