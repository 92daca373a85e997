"""Rewriting follow-ups by a model behind an OpenAI-compatible endpoint.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Self

from core.language_models.contract import ChatModel, Message, NoUsableReply
from core.language_models.openai_like import OpenAILikeModel
from core.language_models.whole_reply import whole_reply
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

    def __init__(self, model: ChatModel, *, timeout_s: float) -> None:
        self._model = model
        self._timeout_s = timeout_s

    @classmethod
    def from_settings(cls, settings: RewriterSettings) -> Self:
        if settings.url is None or settings.model is None:
            raise RewriterMisconfigured(
                "The question rewriter needs an address and a model. Set "
                "VOUCH_QUESTIONS__REWRITER__URL, such as http://models.internal:8000/v1, and "
                "VOUCH_QUESTIONS__REWRITER__MODEL."
            )
        model = OpenAILikeModel(
            url=str(settings.url),
            model=settings.model,
            api_key=settings.api_key,
            settings="VOUCH_QUESTIONS__REWRITER__",
            timeout_s=settings.timeout_s,
        )
        return cls(model, timeout_s=settings.timeout_s)

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        try:
            reply = whole_reply(
                self._model,
                [
                    Message(role="system", content=_PROMPT),
                    Message(role="user", content=_conversation(question, history)),
                ],
                max_tokens=_MAX_REPLY_TOKENS,
                timeout_s=self._timeout_s,
            )
        except NoUsableReply as error:
            raise RewriterUnavailable(error.detail) from None
        return _question_of(reply)


def _conversation(question: str, history: Sequence[Turn]) -> str:
    said = [f"{turn.role}: {turn.text[:_MAX_TURN_CHARS]}" for turn in history[-_MAX_TURNS:]]
    return "\n".join(["Conversation:", *said, "", f"Last question: {question}"])


def _question_of(reply: str) -> str:
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    if len(lines) != 1:
        raise RewriterUnavailable("The model's reply is not one line.")
    return lines[0].strip('"“”')
