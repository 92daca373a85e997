"""The sentences of given passages that best support a claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from retrieval.embedders.contract import PassageEmbedder
from retrieval.embedders.vectors import Vectors
from retrieval.passages.passage import Passage
from serving.sentences import iter_sentences
from serving.words import content_stems

# A further sentence is cited only for this share of the claim's words, by rarity, that the others
# do not have.
_MIN_GAIN = 0.15
_MIN_SCORE = 0.3
_SIMILARITY_WEIGHT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A sentence of passage number `passage`, from 0; offsets in characters of the document's
    normalised text. `score` in [0, 1].
    """

    passage: int
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: int
    start: int
    end: int
    text: str
    stems: frozenset[str]


class SupportFinder:
    """Looks for support by words, weighted by how rare they are among the passages, and by meaning.
    Safe to use from several threads.
    """

    def __init__(self, embedder: PassageEmbedder) -> None:
        self._embedder = embedder

    def open(self, passages: Sequence[Passage]) -> OpenSupport:
        """Embeds every sentence of the passages, once for all claims."""
        return OpenSupport(self._embedder, passages)


class OpenSupport:
    """The sentences of one answer's passages."""

    def __init__(self, embedder: PassageEmbedder, passages: Sequence[Passage]) -> None:
        self._embedder = embedder
        self._sentences = [
            _Sentence(
                passage=number,
                start=passage.start + span.start,
                end=passage.start + span.end,
                text=(text := passage.text[span.start : span.end]),
                stems=frozenset(content_stems(text)),
            )
            for number, passage in enumerate(passages)
            for span in iter_sentences(passage.text)
        ]
        counts = Counter(stem for sentence in self._sentences for stem in sentence.stems)
        self._rarity = {
            stem: log(1 + len(self._sentences) / count) for stem, count in counts.items()
        }
        self._unseen = log(1 + len(self._sentences))
        texts = [sentence.text for sentence in self._sentences]
        self._vectors: Vectors | None = embedder.embed_passages(texts) if texts else None

    def find(self, claim: str, *, limit: int, within: Sequence[int] | None = None) -> list[Support]:
        """At most `limit` sentences, the best first, then those that say what it does not; none
        where nothing is near. `within` are the numbers of the passages to look in; None: all.
        """
        places = [
            place
            for place, sentence in enumerate(self._sentences)
            if within is None or sentence.passage in within
        ]
        if not places or self._vectors is None:
            return []
        (vector,) = self._embedder.embed_passages([claim])
        similarities = np.asarray(self._vectors[places] @ vector)
        wanted = frozenset(content_stems(claim))
        found: list[Support] = []
        covered: frozenset[str] = frozenset()
        while len(found) < limit:
            gains = [self._weight((wanted - covered) & self._sentences[p].stems) for p in places]
            total = self._weight(wanted) or 1.0
            scores = [
                gain / total + (_SIMILARITY_WEIGHT * float(near) if not found else 0.0)
                for gain, near in zip(gains, similarities, strict=True)
            ]
            best = max(range(len(places)), key=scores.__getitem__)
            if scores[best] < (_MIN_GAIN if found else _MIN_SCORE):
                break
            sentence = self._sentences[places[best]]
            score = min(1.0, max(0.0, scores[best] / (1 + _SIMILARITY_WEIGHT)))
            found.append(
                Support(
                    passage=sentence.passage,
                    start=sentence.start,
                    end=sentence.end,
                    text=sentence.text,
                    score=score,
                )
            )
            covered |= sentence.stems
        return found

    def _weight(self, stems: frozenset[str]) -> float:
        return sum(self._rarity.get(stem, self._unseen) for stem in stems)
