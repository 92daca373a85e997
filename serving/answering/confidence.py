"""How sure one may be, before anything is said, that the evidence answers the question at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from serving.answering.expected import ValueKind, expected_kind, holds_kind

# Printed by `python -m benchmarks.fit_confidence` on the 18F handbook's questions: a logistic fit,
# and the margin under which 8 % of the answerable ones fall.
_EVEN_SIMILARITY = 0.29
_SLOPE = 9.7
_LACK = 0.63
_CONTRAST = 0.53
# What stands for another value ("when": as soon as …) is too manifold to be missed by rule.
_DEMANDED = (ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION)
# "FY26", "G5", "ISO 27001", and years: what differs in its digits alone is something else.
_NUMBERED = re.compile(r"\b([A-Z]{2,6}(?:[- ])?|[A-Z][a-z]{0,5}-?)(\d{1,5})\b|\b((?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSigns:
    """What tells whether there is an answer. `similarity`, in [-1, 1], is that of the question and
    the two nearest sentences of the answer, on average. `contrast`, in [0, 1], is how foreign one
    word of the question is to the passages while the others are at home there. `lacks_value`: the
    question asks for an amount of money, a percentage or a length of time, and its best sentences
    hold none. `lacks_thing`: it asks how many of something there are, or how much it is, and they
    do not speak of it. `names_another`: they speak of "FY25" where the question asks about "FY26".
    """

    similarity: float
    contrast: float = 0.0
    lacks_value: bool = False
    lacks_thing: bool = False
    names_another: bool = False

    @property
    def is_lacking(self) -> bool:
        return self.lacks_value or self.lacks_thing or self.names_another

    @property
    def confidence(self) -> float:
        """A logistic function of the similarity, less the contrast and what is lacking; in [0, 1].

        Neither the words that the sentences share with the question nor the rank of their hits take
        part: they help to choose, and tell nothing about whether there is an answer
        (docs/quality.md).
        """
        against = _CONTRAST * self.contrast + _LACK * self.is_lacking
        margin = self.similarity - against - _EVEN_SIMILARITY
        return 1 / (1 + exp(-_SLOPE * margin))


def read_signs(
    question: str,
    *,
    similarities: Sequence[float],
    first: str,
    best: str,
    contrast: float = 0.0,
    lacks_thing: bool = False,
) -> EvidenceSigns:
    """`similarities` are those of the answer's sentences, at least one; `first` is the text of the
    best one, `best` that of all good ones, with what is read on with them.
    """
    nearest = sorted(similarities, reverse=True)[:2]
    kind = expected_kind(question)
    return EvidenceSigns(
        similarity=sum(nearest) / len(nearest),
        contrast=contrast,
        lacks_thing=lacks_thing,
        lacks_value=kind is not None and kind in _DEMANDED and not holds_kind(best, kind),
        names_another=_names_another(question, first, named_only=True)
        or _names_another(question, best),
    )


def _names_another(question: str, text: str, *, named_only: bool = False) -> bool:
    """Whether a numbered thing that is asked about is not in the text, and one like it is.

    `named_only` leaves years aside: the best sentence may have the year of something else.
    """
    asked, found = _numbered(question), _numbered(text)
    like = {name for name, _ in found if name or not named_only}
    return any(name in like and (name, number) not in found for name, number in asked)


def _numbered(text: str) -> set[tuple[str, str]]:
    """Names with their numbers; a year has no name."""
    return {(name.casefold(), number or year) for name, number, year in _NUMBERED.findall(text)}
