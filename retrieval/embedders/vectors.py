"""What an embedder makes of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A text's dense vector, shape (dimension,), and those of its tokens, shape (n, token
    dimension); None where the model gives none, or the text has no token that carries meaning.
    """

    dense: Vectors
    tokens: Vectors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedWords:
    """A text's dense vector, and its words of meaning: `texts[i]`, in lower case, has the vectors
    `vectors[i]`, one for each of the model's tokens that it is made of, shape (n, model's width).
    All vectors have unit length. `rarities[i]`, in [0, 1], is 0 for the commonest words of the
    model's language and 1 for those that its vocabulary does not have whole.
    """

    dense: Vectors
    texts: tuple[str, ...]
    vectors: tuple[Vectors, ...]
    rarities: tuple[float, ...]
