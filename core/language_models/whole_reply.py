"""A model's reply as one text, for what is of no use before its end."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from core.language_models.contract import ChatModel, Message, ModelUnavailable

_FIRST_PAUSE_S = 0.5


def whole_reply(
    model: ChatModel,
    messages: Sequence[Message],
    *,
    max_tokens: int,
    timeout_s: float,
    retries: int = 0,
    json_schema: dict[str, Any] | None = None,
) -> str:
    """Ask at temperature 0. Passing failures are tried again `retries` times, with a growing pause
    or the one that the server asks for.

    Raises what the model raises.
    """
    for attempt in range(retries):
        try:
            return _reply(model, messages, max_tokens, timeout_s, json_schema)
        except ModelUnavailable as error:
            pause_s = error.retry_after_s or _FIRST_PAUSE_S * 2**attempt
        # Jitter, so that those that failed together do not come back together.
        time.sleep(pause_s * random.uniform(1.0, 1.5))  # noqa: S311  (no secret)
    return _reply(model, messages, max_tokens, timeout_s, json_schema)


def _reply(
    model: ChatModel,
    messages: Sequence[Message],
    max_tokens: int,
    timeout_s: float,
    json_schema: dict[str, Any] | None,
) -> str:
    stream = model.stream(
        messages, max_tokens=max_tokens, timeout_s=timeout_s, json_schema=json_schema
    )
    return "".join(stream)
