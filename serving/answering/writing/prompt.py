"""Prompts as files: messages with a name and a hash, so that a record says which one was asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.language_models.contract import Message
from serving.models.tier import Style

_HASH_CHARS = 12
_SECTION = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)
_FOLDER = files("serving.answering.writing") / "prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """`name` is `STYLE:HASH`; equal hashes mean equal texts."""

    name: str
    opening: tuple[Message, ...]
    retry: str

    def messages(self, material: str, *, language: str, is_rewrite: bool) -> list[Message]:
        """The opening and examples, then the passages with the question.

        `language` is a language's English name, or words such as "the question's language".
        """
        return [
            *(
                Message(role=message.role, content=message.content.format(language=language))
                for message in self.opening
            ),
            Message(role="user", content=f"{material}\n\n{self.retry}" if is_rewrite else material),
        ]


@cache
def load_prompt(style: Style) -> Prompt:
    """The prompt of a style, read once."""
    text, retry = ((_FOLDER / f"{name}.md").read_text("utf-8").strip() for name in (style, "retry"))
    digest = hashlib.sha256(f"{text}\0{retry}".encode()).hexdigest()[:_HASH_CHARS]
    return Prompt(name=f"{style}:{digest}", opening=tuple(_messages(text)), retry=retry)


def _messages(text: str) -> Sequence[Message]:
    _, *parts = _SECTION.split(text)
    return [
        Message(role=role, content=content.strip())  # type: ignore[arg-type]  # as the pattern says
        for role, content in zip(parts[::2], parts[1::2], strict=True)
    ]
