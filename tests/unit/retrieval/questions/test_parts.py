"""Questions that ask for several things."""

from __future__ import annotations

import pytest

from retrieval.questions.parts import question_parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How do I pair a sensor, and who approves purchases?",
            ("How do I pair a sensor?", "who approves purchases?"),
        ),
        (
            "What is the meal allowance and who approves it?",
            ("What is the meal allowance?", "What is the meal allowance who approves it?"),
        ),
        (
            "Where is the Leeds office? And when does it open?",
            ("Where is the Leeds office?", "Where is the Leeds office when does it open?"),
        ),
        (
            "We plan a webinar. What must a speaker sign, and how long is the room free?",
            ("What must a speaker sign?", "how long is the room free?"),
        ),
        (
            "What is the difference between a flex day and a flex week?",
            ("a flex day", "a flex week"),
        ),
    ],
)
def test_each_part_stands_alone(question: str, parts: tuple[str, ...]) -> None:
    assert question_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "How many days of leave do I get?",
        "How and when do I apply for leave?",
        "Who may read salaries and reviews?",
        "What should I do when I travel and my badge is lost?",
        "Is there a choice between Leeds and Utrecht?",
        "",
        "?",
        "and",
    ],
)
def test_question_that_is_one_has_no_parts(question: str) -> None:
    assert question_parts(question) == ()


def test_more_than_four_parts_are_left_as_one_question() -> None:
    assert question_parts(" ".join(["What is a gateway?"] * 5)) == ()
