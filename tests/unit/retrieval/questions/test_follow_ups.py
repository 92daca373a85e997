"""Follow-ups, against the labelled table of conversations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from retrieval.questions.contract import Turn
from retrieval.questions.follow_ups import read_follow_up
from tests.unit.retrieval.questions.conversations import (
    CLEANED,
    ERROR,
    FOLLOW_UPS,
    HOTEL,
    LEAVE,
    OVERSEAS,
    STANDING_ALONE,
)


def turns(texts: Sequence[str]) -> list[Turn]:
    """Messages of user and assistant in turn, the user first."""
    return [
        Turn(role="assistant" if at % 2 else "user", text=text) for at, text in enumerate(texts)
    ]


def standalone(question: str, conversation: Sequence[str]) -> str:
    return read_follow_up(question, turns(conversation)).question


@pytest.mark.parametrize(("conversation", "question", "expected"), FOLLOW_UPS)
def test_follow_up_takes_what_it_leans_on(
    conversation: tuple[str, ...], question: str, expected: str
) -> None:
    assert standalone(question, conversation) == expected


@pytest.mark.parametrize("conversation", [LEAVE, ERROR, OVERSEAS])
@pytest.mark.parametrize("question", STANDING_ALONE)
def test_question_that_names_its_topic_stays_as_it_is_after_another_topic(
    question: str, conversation: tuple[str, ...]
) -> None:
    assert standalone(question, conversation) == question


@pytest.mark.parametrize(("question", "expected"), CLEANED)
def test_courtesies_and_openers_are_no_part_of_the_question(question: str, expected: str) -> None:
    assert standalone(question, LEAVE) == expected


def test_question_of_few_words_may_mean_either() -> None:
    read = read_follow_up("What is the employer code?", turns(HOTEL))
    assert read.question == "What is the employer code?"
    assert read.with_context == f"{HOTEL[0]} What is the employer code?"


def test_question_of_more_words_is_never_mixed_with_the_conversation() -> None:
    question = "Which holidays does the Leeds warehouse close for?"
    assert read_follow_up(question, turns(HOTEL)).with_context is None


@pytest.mark.parametrize("question", [*STANDING_ALONE, "And in Leeds?", "Why?", "", "?", "Thanks!"])
def test_question_without_a_conversation_stays_as_it_is(question: str) -> None:
    assert standalone(question, ()) == question
    greeting = [Turn(role="assistant", text="Hello!")]
    assert read_follow_up(question, greeting).question == question


@pytest.mark.parametrize(
    "question", ["", "?", "thanks", "…", "那在柏林呢", "a" * 4000, "it " * 500]
)
def test_odd_question_is_rewritten_to_something_that_holds_it(question: str) -> None:
    assert question.strip() in standalone(question, LEAVE)


def test_only_the_last_turns_are_looked_at() -> None:
    conversation = [*LEAVE, *(["thanks", "You are welcome."] * 200)]
    assert "annual leave" not in standalone("Why?", conversation)
