"""What the packaged scorer looks at: how much of a claim, word by word, its quotes carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log

import numpy as np

from retrieval.embedders.vectors import EncodedWords, Vectors
from serving.words import content_stems

# A word less similar than this to every word of the quotes is not carried by them.
_WEAK = 0.5
# One at least as similar as this stands in the quotes, in the same sense.
_SAME = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedWord:
    """A word of the claim; `similarity`, in [-1, 1], is that of the quotes' most similar word."""

    text: str
    similarity: float

    @property
    def is_weak(self) -> bool:
        return self.similarity < _WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Of one claim. The names are those in the file of weights.

    `lacking` adds up by how much each word misses being carried. `contrast`, in [0, 1], is high
    where most words are copied and one is foreign, as where another subject is put in. `reworded`
    is how similar, on average, those words are that do not stand in the quotes in the same sense.
    `sentence` is the similarity of the claim to the best quote, `together` to the mean of all.
    `length` is the logarithm of the number of words.
    """

    lacking: float
    contrast: float
    reworded: float
    sentence: float
    together: float
    length: float

    def values(self) -> Vectors:
        """In the order of the fields, shape (n,)."""
        return np.array(list(asdict(self).values()), dtype=np.float32)


def carried_words(
    claim: EncodedWords, quotes: Sequence[EncodedWords], headers: Sequence[EncodedWords]
) -> list[CarriedWord]:
    """Every word of the claim. A header carries a word that it has itself: what a sentence speaks
    of may stand in its heading alone.
    """
    quoted = _stacked(quotes)
    headed = _stacked(headers)
    in_headers = {_stem(word) for header in headers for word in header.texts}
    found = []
    for word, vectors in zip(claim.texts, claim.vectors, strict=True):
        similarity = _similarity(vectors, quoted)
        if _stem(word) in in_headers:
            similarity = max(similarity, _similarity(vectors, headed))
        found.append(CarriedWord(text=word, similarity=similarity))
    return found


def read_features(
    claim: EncodedWords, quotes: Sequence[EncodedWords], words: Sequence[CarriedWord]
) -> Features:
    """`words` are the claim's, as `carried_words` gives them."""
    similarities = [word.similarity for word in words] or [1.0]
    in_quotes = {_stem(word) for quote in quotes for word in quote.texts}
    coverage = np.mean([_stem(word.text) in in_quotes for word in words]) if words else 1.0
    dense = [quote.dense for quote in quotes]
    together = np.mean(dense, axis=0)
    return Features(
        lacking=sum(max(0.0, _WEAK - similarity) for similarity in similarities),
        contrast=float(coverage) * (1.0 - min(similarities)),
        reworded=float(np.mean([one for one in similarities if one < _SAME] or [1.0])),
        sentence=max(float(claim.dense @ one) for one in dense),
        together=float(claim.dense @ together) / (float(np.linalg.norm(together)) or 1.0),
        length=log(len(similarities)),
    )


def _similarity(vectors: Vectors, others: Vectors) -> float:
    """Each token of a word with its most similar one, on average."""
    if not len(others):
        return 0.0
    return float((vectors @ others.T).max(axis=1).mean())


def _stacked(texts: Sequence[EncodedWords]) -> Vectors:
    vectors = [word for text in texts for word in text.vectors]
    return np.concatenate(vectors) if vectors else np.empty((0, 0), dtype=np.float32)


def _stem(word: str) -> str:
    return next(iter(content_stems(word)), word)
