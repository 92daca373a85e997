"""An encoder that remembers the texts that it was last asked for."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np

from retrieval.embedders.contract import WordEncoder
from retrieval.embedders.vectors import EncodedWords, Vectors

_CAPACITY = 2_048


class RememberingEncoder:
    """A passage's sentence is looked at again and again while an answer is made and checked: to
    choose it, to find what supports a claim, and to compare the two. It is encoded once. Safe to
    use from several threads.

    What was asked for longest ago is forgotten first. A text of 30 tokens takes some 45 KB.
    """

    def __init__(self, encoder: WordEncoder, *, capacity: int = _CAPACITY) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._known: dict[str, EncodedWords] = {}
        self._lock = Lock()

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        """In the order given. New texts are encoded in one go, which is faster."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        found.update(zip(new, self._encoder.encode_words(new), strict=True))
        with self._lock:
            for text, encoded in found.items():
                self._known.pop(text, None)
                self._known[text] = encoded
            while len(self._known) > self._capacity:
                self._known.pop(next(iter(self._known)))
        return [found[text] for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), in the order given. Raises ValueError for no texts."""
        return np.stack([encoded.dense for encoded in self.encode_words(texts)])
