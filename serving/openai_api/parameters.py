"""Which parameters are refused: those whose neglect a client could not notice."""

from __future__ import annotations

from serving.openai_api.errors import UnsupportedParameter
from serving.openai_api.schemas import ChatCompletionRequest

_NO_TOOL_NEEDED = (None, "none", "auto")


def refuse_misleading(asked: ChatCompletionRequest) -> None:
    """Raises UnsupportedParameter where the client counts on several answers, a tool's call, JSON
    or audio, none of which come.
    """
    if asked.n not in (None, 1):
        raise UnsupportedParameter(
            "There is one checked answer. Leave `n` out, or set it to 1.", param="n"
        )
    for name, choice in (
        ("tool_choice", asked.tool_choice),
        ("function_call", asked.function_call),
    ):
        if choice not in _NO_TOOL_NEEDED:
            raise UnsupportedParameter(
                f"Assistants call no tools. Leave `{name}` out, or set it to `auto` or `none`.",
                param=name,
            )
    if asked.response_format is not None and asked.response_format.type != "text":
        raise UnsupportedParameter(
            "Answers are text with markers. Leave `response_format` out; `/v1/answer` gives an "
            "answer as JSON, and `vouch` in this response is the same.",
            param="response_format",
        )
    if asked.modalities is not None and asked.modalities != ["text"]:
        raise UnsupportedParameter(
            "Answers are text. Leave `modalities` out, or set it to `text`.", param="modalities"
        )
