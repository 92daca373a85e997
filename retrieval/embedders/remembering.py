"""An encoder that remembers, while one thing is done, what it has encoded for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from retrieval.embedders.contract import WordEncoder
from retrieval.embedders.vectors import EncodedWords, Vectors

_MEMORY: ContextVar[dict[str, EncodedWords] | None] = ContextVar("encoded_texts", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Within the block no text is encoded twice. What one block has encoded no other can tell, not
    even by how long it takes: others may not read those texts. A text of 30 tokens takes 45 KB.
    """
    token = _MEMORY.set({})
    try:
        yield
    finally:
        _MEMORY.reset(token)


class RememberingEncoder:
    """A passage's sentence is looked at again and again while an answer is made and checked: to
    choose it, to find what supports a claim, and to compare the two. Outside of `remembering`
    everything is encoded anew. Safe to use from several threads.
    """

    def __init__(self, encoder: WordEncoder) -> None:
        self._encoder = encoder

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        """In the order given. New texts are encoded in one go, which is faster."""
        memory = _MEMORY.get()
        known = {} if memory is None else memory
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self._encoder.encode_words(new), strict=True))
        return [known[text] for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), in the order given. Raises ValueError for no texts."""
        return np.stack([encoded.dense for encoded in self.encode_words(texts)])
