"""LlamaIndex's chat messages as the API's conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llama_index.core.llms import ChatMessage, MessageRole

from vouch.client.bodies import Message

# What the API takes.
_MAX_MESSAGES = 50
_MAX_MESSAGE_CHARS = 20_000


def to_messages(history: Sequence[ChatMessage]) -> list[Message]:
    """What user and assistant said last, oldest first; instructions and tools are left out."""
    return list(_messages(history))[-_MAX_MESSAGES:]


def _messages(history: Sequence[ChatMessage]) -> Iterator[Message]:
    for message in history:
        content = (message.content or "")[:_MAX_MESSAGE_CHARS]
        if not content:
            continue
        if message.role is MessageRole.USER:
            yield {"role": "user", "content": content}
        elif message.role is MessageRole.ASSISTANT:
            yield {"role": "assistant", "content": content}
