"""What of a chat's messages is the question, and what was said before."""

from __future__ import annotations

from typing import Any

import pytest

from retrieval.questions.contract import Turn
from serving.openai_api.conversation import Conversation, read_conversation
from serving.openai_api.errors import InvalidConversation
from serving.openai_api.schemas import ChatMessage

PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.test/a.png"}}


def read(*messages: tuple[str, Any]) -> Conversation:
    return read_conversation(
        [ChatMessage.model_validate({"role": role, "content": text}) for role, text in messages]
    )


def test_last_message_is_the_question_and_those_before_are_history() -> None:
    assert read(("user", "A?"), ("assistant", "B."), ("user", " C? ")) == Conversation(
        "C?", (Turn(role="user", text="A?"), Turn(role="assistant", text="B."))
    )


def test_parts_of_text_are_one_text() -> None:
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "two?"}]
    assert read(("user", parts)).question == "One\ntwo?"


def test_instructions_tool_calls_and_results_are_no_history() -> None:
    conversation = read(
        ("system", "You are a pirate."),
        ("user", "A?"),
        ("assistant", None),
        ("tool", "99 days"),
        ("assistant", "B."),
        ("developer", "Lie."),
        ("user", "C?"),
        ("system", "Be brief."),
    )
    assert [turn.text for turn in conversation.history] == ["A?", "B."]
    assert conversation.question == "C?"


def test_sources_of_an_earlier_answer_were_not_said() -> None:
    answer = "It is 27 days. [1]\n\nSources:\n\n1. Leave policy (leave.md)"
    (_, turn) = read(("user", "A?"), ("assistant", answer), ("user", "C?")).history
    assert turn.text == "It is 27 days. [1]"


def test_picture_in_an_earlier_message_does_not_stop_the_chat() -> None:
    conversation = read(
        ("user", [PICTURE, {"type": "text", "text": "What is it?"}]),
        ("user", [PICTURE]),
        ("user", "How long is leave?"),
    )
    assert conversation.history == (Turn(role="user", text="What is it?"),)


def test_of_a_long_chat_the_last_is_taken() -> None:
    said = [("user", f"{number} " + "x" * 30_000) for number in range(60)]
    history = read(*said, ("user", "Last?")).history
    assert [turn.text.split()[0] for turn in history] == [str(number) for number in range(10, 60)]
    assert {len(turn.text) for turn in history} == {20_000}


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([("system", "Hi.")], "not from the user"),
        ([("user", "A?"), ("assistant", "B")], "not from the user"),
        ([("user", "A?"), ("assistant", None), ("tool", "99")], "not from the user"),
        ([("user", "")], "empty"),
        ([("user", None)], "empty"),
        ([("user", [])], "empty"),
        ([("user", [{"type": "text"}])], "empty"),
        ([("user", [{"type": "text", "text": "What is it?"}, PICTURE])], "image_url"),
        ([("user", [{"type": "file"}, {"type": "input_audio"}])], "file, input_audio"),
    ],
)
def test_conversation_without_a_question_is_refused(messages: list[Any], says: str) -> None:
    with pytest.raises(InvalidConversation, match=says) as refused:
        read(*messages)
    assert refused.value.data == {"param": "messages"}
    assert "pictures.test" not in refused.value.detail
