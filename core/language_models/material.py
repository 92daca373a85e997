"""Texts of documents, questions and answers inside a prompt: data that cannot pass for more."""

from __future__ import annotations

import re

# What chat templates and reasoning models put between messages: `<|im_end|>`, `</s>`,
# `<start_of_turn>`, `[INST]`. llama.cpp's server reads them as such wherever they stand.
_CONTROL_TOKEN = re.compile(r"<(?=[|｜/A-Za-z_])|\[(?=/?[A-Z_]+\])")


def without_control_tokens(text: str) -> str:
    """The text with what may be a control token of a chat template taken apart by a space."""
    return _CONTROL_TOKEN.sub(r"\g<0> ", text)
