"""What the packaged scorer looks at: how much of a claim, word by word, its quotes carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from retrieval.embedders.vectors import EncodedWords, Vectors
from serving.carried_words import carried, stacked
from serving.words import content_stems

# A word less similar than this to every word of the quotes is not carried by them.
_WEAK = 0.5
# One at least as similar as this stands in the quotes, in the same sense.
_SAME = 0.85
# Below this rarity, which the 1,100 commonest words have, a word counts least; above the other,
# beyond the 13,000 commonest, fully. That of "people" is 0.46, that of "budget" 0.78.
_COMMON, _RARE = 0.68, 0.93
_LEAST_WEIGHT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedWord:
    """A word of the claim; `similarity`, in [-1, 1], is that of the quotes' most similar word.
    `weight`, in (0, 1], is how much the word says: the commoner it is, the less.
    """

    text: str
    similarity: float
    weight: float

    @property
    def is_weak(self) -> bool:
        return self.similarity < _WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Of one claim. The names are those in the file of weights.

    `lacking` adds up by how much each word misses being carried. `contrast`, in [0, 1], is high
    where most words are copied and one is foreign, as where another subject is put in. `reworded`
    is how similar, on average, those words are that do not stand in the quotes in the same sense.
    All three count words by their weight.
    `sentence` is the similarity of the claim to the best quote, `together` to the mean of all.
    """

    lacking: float
    contrast: float
    reworded: float
    sentence: float
    together: float

    def values(self) -> Vectors:
        """In the order of the fields, shape (n,)."""
        return np.array(list(asdict(self).values()), dtype=np.float32)


def carried_words(
    claim: EncodedWords,
    quotes: Sequence[EncodedWords],
    headers: Sequence[EncodedWords],
    *,
    written_out: frozenset[str],
) -> list[CarriedWord]:
    """Every word of the claim. A header carries a word that it has itself: what a sentence speaks
    of may stand in its heading alone. `written_out` are the claim's words that an acronym of the
    quotes stands for, or the other way round: they are carried.
    """
    quoted = stacked(quotes)
    headed = stacked(headers)
    in_headers = {_stem(word) for header in headers for word in header.texts}
    found = []
    for word, vectors, rarity in zip(claim.texts, claim.vectors, claim.rarities, strict=True):
        similarity = carried(vectors, quoted)
        if _stem(word) in in_headers:
            similarity = max(similarity, carried(vectors, headed))
        if word in written_out:
            similarity = max(similarity, _SAME)
        found.append(CarriedWord(text=word, similarity=similarity, weight=_weight(rarity)))
    return found


def may_carry(header: str, words: Sequence[CarriedWord]) -> bool:
    """Whether it has a word of the claim that does not stand in the quotes in the same sense."""
    missing = {_stem(word.text) for word in words if word.similarity < _SAME}
    return not missing.isdisjoint(content_stems(header))


def read_features(
    claim: EncodedWords, quotes: Sequence[EncodedWords], words: Sequence[CarriedWord]
) -> Features:
    """`words` are the claim's, as `carried_words` gives them."""
    reworded = [word for word in words if word.similarity < _SAME]
    in_quotes = {_stem(word) for quote in quotes for word in quote.texts}
    coverage = np.mean([_stem(word.text) in in_quotes for word in words]) if words else 1.0
    dense = [quote.dense for quote in quotes]
    together = np.mean(dense, axis=0)
    return Features(
        lacking=sum(word.weight * max(0.0, _WEAK - word.similarity) for word in words),
        contrast=float(coverage)
        * max((word.weight * (1.0 - word.similarity) for word in words), default=0.0),
        reworded=_weighted_mean(reworded) if reworded else 1.0,
        sentence=max(float(claim.dense @ one) for one in dense),
        together=float(claim.dense @ together) / (float(np.linalg.norm(together)) or 1.0),
    )


def _weight(rarity: float) -> float:
    return float(np.clip((rarity - _COMMON) / (_RARE - _COMMON), _LEAST_WEIGHT, 1.0))


def _weighted_mean(words: Sequence[CarriedWord]) -> float:
    total = sum(word.weight for word in words)
    return sum(word.weight * word.similarity for word in words) / total


def _stem(word: str) -> str:
    return next(iter(content_stems(word)), word)
