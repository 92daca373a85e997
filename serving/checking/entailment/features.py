"""What the packaged scorer looks at: how much of a claim, word by word, its quotes carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log

import numpy as np

from retrieval.embedders.vectors import EncodedWords, Vectors
from serving.answering.evidence import content_stems

# A word less similar than this to every word of the quotes is not carried by them.
_WEAK = 0.5
_MOST_WEAK = 5


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

    `mean` and `lowest` are over the claim's words: how similar each is to the most similar word
    of the quotes, both as the model reads them in their sentences. `lowest_two` and
    `lowest_three` are the means of so many. `coverage` is the share of its words that stand in the
    quotes in some form. `sentence` is the similarity of the claim to the best quote, `together` to
    the mean of all. `weak_share` and `weak_count` are of the words that nothing carries.
    `length` is the logarithm of the number of words.
    """

    mean: float
    lowest: float
    lowest_two: float
    lowest_three: float
    coverage: float
    sentence: float
    together: float
    weak_share: float
    weak_count: float
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
    ordered = sorted(word.similarity for word in words) or [1.0]
    in_quotes = {_stem(word) for quote in quotes for word in quote.texts}
    covered = [_stem(word.text) in in_quotes for word in words] or [True]
    dense = [quote.dense for quote in quotes]
    together = np.mean(dense, axis=0)
    weak = sum(word.is_weak for word in words)
    return Features(
        mean=float(np.mean(ordered)),
        lowest=ordered[0],
        lowest_two=float(np.mean(ordered[:2])),
        lowest_three=float(np.mean(ordered[:3])),
        coverage=float(np.mean(covered)),
        sentence=max(float(claim.dense @ one) for one in dense),
        together=float(claim.dense @ together) / (float(np.linalg.norm(together)) or 1.0),
        weak_share=weak / max(1, len(words)),
        weak_count=float(min(_MOST_WEAK, weak)),
        length=log(max(1, len(words))),
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
