"""Which replies are no sentences."""

from __future__ import annotations

import pytest

from serving.answering.writing.fragments import is_fragment


@pytest.mark.parametrize(
    "text",
    [
        "27 days.",
        "AFGE Union members & NFFE Union members.",
        "By email to the service desk, within four weeks.",
        "Hanneke Brouwer, the data protection officer of both companies",
    ],
)
def test_pieces_without_a_verb_are_fragments(text: str) -> None:
    assert is_fragment(text)


@pytest.mark.parametrize(
    "text",
    [
        "Full-time employees receive 27 days.",
        "Don't open the attachment.",
        "You’ll hear from us.",
        "Call the service desk at once.",
        "It lasts 90 seconds.",
        "35",
        "One piece with so many words that it can hardly be anything but a sentence, whatever verb",
    ],
)
def test_sentences_and_long_texts_are_none(text: str) -> None:
    assert not is_fragment(text)
