from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.embedders.remembering import RememberingEncoder, remembering
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
    with remembering():
        encoder.encode_words(["one", "three"])
        encoded = encoder.encode_words(["three", "seven", "one", "seven"])
    assert [each.dense[0] for each in encoded] == [5, 5, 3, 5]
    assert counting.asked == [["one", "three"], ["seven"]]


def test_passages_are_the_dense_vectors_of_what_is_remembered() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    with remembering():
        encoder.encode_words(["one"])
        assert encoder.embed_passages(["three", "one"]).tolist() == [[5.0], [3.0]]
    assert counting.asked == [["one"], ["three"]]


def test_what_one_has_encoded_no_other_can_tell() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    with remembering():
        encoder.encode_words(["secret"])
    with remembering():
        encoder.encode_words(["secret"])
    encoder.encode_words(["secret"])
    encoder.encode_words(["secret"])
    assert counting.asked == [["secret"]] * 4


def test_threads_have_memories_of_their_own() -> None:
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    with remembering(), ThreadPoolExecutor(1) as pool:
        encoder.encode_words(["secret"])
        pool.submit(encoder.encode_words, ["secret"]).result()
    assert counting.asked == [["secret"]] * 2


def test_no_texts_have_no_vectors() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RememberingEncoder(CountingEncoder()).embed_passages([])
