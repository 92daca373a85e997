"""Words of a question that the passages do not speak of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.embedders.contract import WordEncoder
from retrieval.embedders.vectors import EncodedWords
from retrieval.languages import may_be_english
from serving.carried_words import carried, stacked
from serving.words import content_stems

# A thing that is counted or priced is not in a text whose most similar word is further off.
_NAMED = 0.6


class ForeignWords:
    """Looks for what a question asks about in the sentences that would answer it. Safe to use from
    several threads. The packaged model reads English: in other languages nothing is foreign.
    """

    def __init__(self, encoder: WordEncoder) -> None:
        self._encoder = encoder

    def contrast(self, question: str, texts: Sequence[str]) -> float:
        """In [0, 1]: high where one word of the question is carried by none of the texts, while
        all others are: "a paid sabbatical", among passages on paid leave. A question put in other
        words throughout, as a paraphrase is, has little of it.
        """
        if not may_be_english(question):
            return 0.0
        asked, *others = self._encoded(question, texts)
        carrying = stacked(others)
        similarities = [
            carried(vectors, carrying)
            for word, vectors in zip(asked.texts, asked.vectors, strict=True)
            # Single letters are left of "I'm" and "mother's".
            if content_stems(word) and (len(word) > 1 or word.isdigit())
        ]
        if len(similarities) < 2:
            return 0.0
        least, *rest = sorted(similarities)
        return max(0.0, float(np.mean(rest))) ** 2 * (1.0 - max(0.0, least))

    def lacks(self, thing: str, *, question: str, texts: Sequence[str]) -> bool:
        """Whether a word of `thing`, in the sense that it has in the question, is foreign to the
        texts.
        """
        if not may_be_english(question):
            return False
        asked, *others = self._encoded(question, texts)
        carrying = stacked(others)
        wanted = set(content_stems(thing))
        return any(
            carried(vectors, carrying) < _NAMED
            for word, vectors in zip(asked.texts, asked.vectors, strict=True)
            if wanted & set(content_stems(word))
        )

    def _encoded(self, question: str, texts: Sequence[str]) -> list[EncodedWords]:
        return self._encoder.encode_words([question, *texts])
