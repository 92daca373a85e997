"""MTRAG's conversations: a JSON list, each user's turn followed by an agent's with passages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from evaluation.importers.lines import load_json
from evaluation.importers.mtrag_turns import Asked, Passage, Speech, add_asked
from evaluation.importers.writer import SetWriter
from evaluation.json_lines import Place, parse_as


class _Enrichments(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    answerability: list[str] | None = Field(
        default=None, validation_alias=AliasChoices("Answerability", "answerability")
    )
    kinds: list[str] | None = Field(default=None, validation_alias="Question Type")
    multi_turn: list[str] | None = Field(default=None, validation_alias="Multi-Turn")


class _Message(Speech):
    enrichments: _Enrichments | None = None
    contexts: list[Passage] | None = None


class _Conversation(BaseModel):
    messages: list[_Message]
    domain: str | None = None


def import_conversations(file: Path, writer: SetWriter) -> None:
    """Every user's turn. A conversation has no id of its own, so its place in the file names it.

    Raises ConfigurationError, naming the conversation.
    """
    values = load_json(file)
    if not isinstance(values, list):
        raise Place(file, 1).error("a list of conversations was expected")
    for number, value in enumerate(values, start=1):
        conversation = parse_as(_Conversation, value, Place(file, 1, f"conversation {number}"))
        for asked in _questions(conversation, number, writer):
            add_asked(asked, writer)


def _questions(conversation: _Conversation, number: int, writer: SetWriter) -> Iterator[Asked]:
    turn = 0
    for index, message in enumerate(conversation.messages):
        if message.speaker != "user":
            continue
        turn += 1
        reply = conversation.messages[index + 1] if index + 1 < len(conversation.messages) else None
        if reply is None or reply.speaker != "agent":
            writer.leave_out("question without a reply")
            continue
        labels = message.enrichments or _Enrichments()
        yield Asked(
            id=f"conversation-{number}-turn-{turn}",
            turns=conversation.messages[: index + 1],
            passages=reply.contexts or (),
            answer=reply.text,
            answerability=labels.answerability or (),
            kinds=labels.kinds or (),
            multi_turn=labels.multi_turn or (),
            collection=conversation.domain or "",
        )
