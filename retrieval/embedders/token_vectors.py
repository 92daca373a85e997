"""Token vectors for late interaction: a model's own, made small enough to be stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.embedders.vectors import Vectors

PROJECTIONS = Path(__file__).parent / "projections"

# Every passage has them, so that they match anywhere and tell nothing. Without them and without
# punctuation some 40 % fewer token vectors are stored.
_STOP_WORDS = frozenset(
    "a about am an and any are as at be been but by can could did do does for from had has have he "
    "her his how i if in into is it its me my no not of on or our she should so some such that the "
    "their them then there these they this those to was we were what when where which who whom why "
    "will with would you your".split()
)


class TokenReducer:
    """Keeps the tokens that carry meaning, in the directions in which tokens differ most.

    The projection is a principal component analysis of the model's token vectors, made by
    `benchmarks/fit_token_projection.py`; a model without one gives no token vectors.
    """

    def __init__(self, *, projection: Vectors, skipped_ids: frozenset[int]) -> None:
        """`projection` has the shape (model's width, `dimension`)."""
        self._projection = projection
        self._skipped = np.array(sorted(skipped_ids))

    @classmethod
    def find(cls, model: str, *, vocabulary: Mapping[str, int]) -> Self | None:
        """The reducer of a packaged model; None for one that has no projection."""
        file = PROJECTIONS / f"{model}.npy"
        if not file.is_file():
            return None
        return cls(
            projection=np.load(file).astype(np.float32), skipped_ids=skipped_tokens(vocabulary)
        )

    @property
    def dimension(self) -> int:
        return int(self._projection.shape[1])

    @property
    def name(self) -> str:
        """Its dimension, and a hash of the projection."""
        projection = hashlib.sha256(self._projection.tobytes()).hexdigest()
        return f"tokens/{self.dimension}-{projection[:8]}"

    def reduce(self, vectors: Vectors, token_ids: np.ndarray) -> Vectors:
        """From (n, model's width), one per token, to (m, dimension), where m ≤ n may be 0.

        Each vector is scaled to unit length before it is projected.
        """
        kept = vectors[~np.isin(token_ids, self._skipped)]
        lengths = np.linalg.norm(kept, axis=1, keepdims=True)
        reduced: Vectors = (kept / np.maximum(lengths, 1e-12)) @ self._projection
        return reduced


def skipped_tokens(vocabulary: Mapping[str, int]) -> frozenset[int]:
    """Ids of the tokens that carry no meaning: stop words, punctuation, and the model's own marks
    such as `[CLS]`.
    """
    return frozenset(
        token_id
        for token, token_id in vocabulary.items()
        if token in _STOP_WORDS
        or not any(character.isalnum() for character in token)
        or (token.startswith("[") and token.endswith("]"))
    )
