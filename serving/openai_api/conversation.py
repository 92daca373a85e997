"""From a chat's messages to a question and what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.questions.contract import Turn
from serving.openai_api.content import without_sources
from serving.openai_api.errors import InvalidConversation
from serving.openai_api.schemas import ChatMessage, ContentPart

_MAX_TURNS = 50
_MAX_TURN_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Conversation:
    """`history` is what came before the question, oldest first."""

    question: str
    history: tuple[Turn, ...]


def read_conversation(messages: Sequence[ChatMessage]) -> Conversation:
    """The last message is the question; of what was said before, the last 50 turns are taken, at
    most 20,000 characters of each. Instructions, tool calls and their results are left out, and so
    is what is not text in earlier messages.

    Raises InvalidConversation where the last message is not a user's, or has more than text.
    """
    said = [message for message in messages if message.role not in ("system", "developer")]
    if not said or said[-1].role != "user":
        raise InvalidConversation(
            "The last message is not from the user. Send the question as the last message: an "
            "answer is not continued, and no tool's result is read.",
            param="messages",
        )
    return Conversation(
        question=_question(said[-1]),
        history=tuple(turn for message in said[:-1] if (turn := _turn(message)))[-_MAX_TURNS:],
    )


def _question(message: ChatMessage) -> str:
    kinds = {part.type for part in _parts(message)} - {"text"}
    if kinds:
        raise InvalidConversation(
            f"The last message has content of the type {', '.join(sorted(kinds))}. Only text is "
            "read: write what the question is about, or add the file to a source.",
            param="messages",
        )
    question = _text(message)
    if not question:
        raise InvalidConversation(
            "The last message is empty. Send the question as its text.", param="messages"
        )
    return question


def _turn(message: ChatMessage) -> Turn | None:
    match message.role:
        case "user":
            text = _text(message)
        case "assistant":
            text = without_sources(_text(message))
        case _:
            return None
    role = message.role
    return Turn(role=role, text=text[:_MAX_TURN_CHARS]) if text else None


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content.strip()
    texts = (part.text for part in _parts(message) if part.type == "text")
    return "\n".join(text for text in texts if text).strip()


def _parts(message: ChatMessage) -> Sequence[ContentPart]:
    return message.content if isinstance(message.content, list) else ()
