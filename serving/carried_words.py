"""How well the words of some texts carry a word of another, by what both mean where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.embedders.vectors import EncodedWords, Vectors


def stacked(texts: Sequence[EncodedWords]) -> Vectors:
    """The vectors of all tokens of the texts, shape (n, width)."""
    vectors = [word for text in texts for word in text.vectors]
    return np.concatenate(vectors) if vectors else np.empty((0, 0), dtype=np.float32)


def carried(word: Vectors, carrying: Vectors) -> float:
    """In [-1, 1]: each token of the word with the most similar one of those stacked, on average; 0
    where there is none.
    """
    if not len(carrying):
        return 0.0
    return float((word @ carrying.T).max(axis=1).mean())
