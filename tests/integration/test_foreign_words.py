"""What a question asks about, and whether the passages speak of it; with the packaged model."""

from __future__ import annotations

import pytest

from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.answering.foreign_words import ForeignWords

LEAVE = [
    "Paid leave: After two years you qualify for five more days of paid leave.",
    "Paid leave: Your lead approves paid leave within three working days.",
]


@pytest.fixture(scope="module")
def foreign() -> ForeignWords:
    return ForeignWords(SentenceTransformersEmbedder.from_settings(EmbeddingSettings()))


def test_one_foreign_word_among_familiar_ones_stands_out(foreign: ForeignWords) -> None:
    familiar = foreign.contrast("After how many years do I qualify for paid leave?", LEAVE)
    strange = foreign.contrast("After how many years do I qualify for a paid sabbatical?", LEAVE)
    assert strange > 2 * familiar


def test_a_question_in_other_words_throughout_stands_out_less(foreign: ForeignWords) -> None:
    paraphrase = foreign.contrast("How soon does my boss okay a holiday request?", LEAVE)
    strange = foreign.contrast("After how many years do I qualify for a paid sabbatical?", LEAVE)
    assert paraphrase < strange


def test_other_languages_are_not_judged(foreign: ForeignWords) -> None:
    question = "Nach wie vielen Jahren bekomme ich ein bezahltes Sabbatjahr?"
    assert foreign.contrast(question, LEAVE) == 0.0


@pytest.mark.parametrize(
    ("thing", "question", "is_lacking"),
    [
        ("days", "How many days of paid leave are there?", False),
        ("parking spaces", "How many parking spaces are there?", True),
    ],
)
def test_a_thing_that_nothing_speaks_of_is_lacking(
    foreign: ForeignWords, thing: str, question: str, *, is_lacking: bool
) -> None:
    assert foreign.lacks(thing, question=question, texts=LEAVE) is is_lacking
