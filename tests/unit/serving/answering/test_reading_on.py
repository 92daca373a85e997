"""Which sentences are read with the one before them."""

from __future__ import annotations

import pytest

from serving.answering.writing.reading_on import read_on

BEFORE = "Your manager drafts a memo."


@pytest.mark.parametrize(
    "text", ["It is signed by the director.", "This will need to be signed by the director."]
)
def test_sentence_that_refers_back_is_read_with_the_one_before(text: str) -> None:
    assert read_on(BEFORE, text) == f"{BEFORE} {text}"
    assert read_on("", text) == text


@pytest.mark.parametrize(
    "text", ["The director signs the memo.", "There is a fee of 5 euros.", "Hotels cost 140 euros."]
)
def test_any_other_stands_alone(text: str) -> None:
    assert read_on(BEFORE, text) == text
