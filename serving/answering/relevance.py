"""Whether a sentence that is true answers what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.embedders.contract import WordEncoder
from retrieval.embedders.vectors import EncodedWords
from retrieval.languages import may_be_english
from serving.answering.confidence import read_signs
from serving.carried_words import carried, stacked
from serving.words import content_stems

# Printed by `python -m benchmarks.relevance`: a logistic fit, and the margin under which 5 % of the
# sentences fall that do answer.
_SIMILARITY_WEIGHT = 1.56
_WEAKEST_WEIGHT = 2.75
_LEAST = 1.34


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevanceSigns:
    """`similarity`, in [-1, 1], is that of the question and the sentence under its heading;
    `weakest`, in [-1, 1], how well the sentence and its headings carry the word of the question
    that they carry least. `is_lacking` is what `EvidenceSigns` has it to be.
    """

    similarity: float
    weakest: float
    is_lacking: bool

    @property
    def margin(self) -> float:
        """More is more relevant."""
        return _SIMILARITY_WEIGHT * self.similarity + _WEAKEST_WEIGHT * self.weakest

    @property
    def is_relevant(self) -> bool:
        return not self.is_lacking and self.margin >= _LEAST


class Relevance:
    """Judges by words and meaning. Safe to use from several threads.

    It errs towards letting a sentence pass: about half of those on another matter are recognised
    (docs/quality.md). The packaged model reads English, so what is in another language passes.
    """

    def __init__(self, encoder: WordEncoder) -> None:
        self._encoder = encoder

    def answers(self, questions: Sequence[str], claim: str, *, headings: Sequence[str]) -> bool:
        """Whether `claim`, under the `headings` of what it cites, outermost first, speaks to one of
        the `questions`: the whole, and its parts where it asks for several things.
        """
        if not all(map(may_be_english, (*questions, claim))):
            return True
        return any(
            self.read(question, claim, headings=headings).is_relevant for question in questions
        )

    def read(self, question: str, claim: str, *, headings: Sequence[str]) -> RelevanceSigns:
        """What the judgement rests on."""
        sentence = f"{headings[-1]}: {claim}" if headings else claim
        asked, said, *above = self._encoder.encode_words([question, sentence, " > ".join(headings)])
        return RelevanceSigns(
            similarity=float(asked.dense @ said.dense),
            weakest=_weakest(asked, [said, *above]),
            is_lacking=read_signs(question, similarities=[0.0], first=claim, best=claim).is_lacking,
        )


def _weakest(asked: EncodedWords, texts: Sequence[EncodedWords]) -> float:
    carrying = stacked(texts)
    return min(
        (
            carried(word, carrying)
            for text, word in zip(asked.texts, asked.vectors, strict=True)
            if content_stems(text)
        ),
        default=1.0,
    )
