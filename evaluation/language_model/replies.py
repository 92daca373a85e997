"""A model's reply as the fields that were asked for, or an error: never a guess."""

from __future__ import annotations

import re

from pydantic import ValidationError

from core.language_models.contract import NoUsableReply
from evaluation.language_model.contract import ReplyT

_FENCED = re.compile(r"```(?:json)?\s*\n(?P<inside>.*)\n\s*```", re.DOTALL)


def parse_reply(text: str | None, *, reply: type[ReplyT]) -> ReplyT:
    """The whole reply is one JSON object of this shape; a code fence around all of it is let pass,
    as servers that cannot be held to a schema have models that put it there.

    Raises NoUsableReply, which does not quote the reply.
    """
    content = (text or "").strip()
    fenced = _FENCED.fullmatch(content)
    try:
        return reply.model_validate_json(fenced["inside"] if fenced else content)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise NoUsableReply(
            f"The model's reply is not what was asked for: {field + ': ' if field else ''}"
            f"{problem['type']}."
        ) from None
