from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from retrieval.embedders.remembering import RememberingEncoder
from retrieval.embedders.vectors import EncodedWords


class CountingEncoder:
    """Encodes a text as its length, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        self.asked.append(list(texts))
        return [
            EncodedWords(
                dense=np.array([float(len(text))], dtype=np.float32),
                texts=(),
                vectors=(),
                rarities=(),
            )
            for text in texts
        ]


def test_a_text_is_encoded_once_and_each_keeps_its_place() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    encoder.encode_words(["one", "three"])
    encoded = encoder.encode_words(["three", "seven", "one", "seven"])
    assert [each.dense[0] for each in encoded] == [5, 5, 3, 5]
    assert counting.asked == [["one", "three"], ["seven"]]


def test_passages_are_the_dense_vectors_of_what_is_remembered() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    encoder.encode_words(["one"])
    assert encoder.embed_passages(["three", "one"]).tolist() == [[5.0], [3.0]]
    assert counting.asked == [["one"], ["three"]]


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting, capacity=2)
    encoder.encode_words(["a", "b"])
    encoder.encode_words(["a"])
    encoder.encode_words(["c"])
    counting.asked.clear()
    encoder.encode_words(["a", "c"])
    encoder.encode_words(["b"])
    assert [asked for asked in counting.asked if asked] == [["b"]]


def test_more_texts_than_fit_are_all_encoded() -> None:
    encoder = RememberingEncoder(CountingEncoder(), capacity=1)
    assert [each.dense[0] for each in encoder.encode_words(["a", "bb", "ccc"])] == [1, 2, 3]


def test_no_texts_have_no_vectors() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RememberingEncoder(CountingEncoder()).embed_passages([])
