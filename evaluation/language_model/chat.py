"""A chat model that fills in forms."""

from __future__ import annotations

from collections.abc import Mapping

from core.language_models.contract import ChatModel, Message
from core.language_models.whole_reply import whole_reply
from evaluation.language_model.contract import ReplyT
from evaluation.language_model.material import delimited
from evaluation.language_model.replies import parse_reply

# Models that think before they reply spend most of it on that.
_MAX_REPLY_TOKENS = 2_000
_MAX_RETRIES = 2


class FormModel:
    """Held to the form's JSON schema where the server can do that. Passing failures are tried twice
    more, with a growing pause.
    """

    def __init__(self, model: ChatModel, *, timeout_s: float) -> None:
        self._model = model
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        return self._model.name

    def ask(self, instructions: str, *, material: Mapping[str, str], reply: type[ReplyT]) -> ReplyT:
        text = whole_reply(
            self._model,
            [
                Message(role="system", content=instructions),
                Message(role="user", content=delimited(material)),
            ],
            max_tokens=_MAX_REPLY_TOKENS,
            timeout_s=self._timeout_s,
            retries=_MAX_RETRIES,
            json_schema=reply.model_json_schema(),
        )
        return parse_reply(text, reply=reply)
