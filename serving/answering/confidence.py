"""How sure one may be, before anything is said, that the evidence answers the question at all."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from serving.answering.evidence import ScoredSentence

# Printed by `python -m benchmarks.fit_confidence` on the 18F handbook's questions: the similarity
# under which some 13 % of the answerable ones fall, and the slope of a logistic fit on all of them.
_EVEN_SIMILARITY = 0.455
_SLOPE = 8.6


def evidence_confidence(scored: Sequence[ScoredSentence]) -> float:
    """A logistic function of how similar the best sentence is to the question; 0 without any.

    Of the similarity alone, not of the score that chose the sentence: words that it shares with
    the question, and the rank of its hit, help to choose and tell nothing about whether there is an
    answer (docs/quality.md).
    """
    if not scored:
        return 0.0
    return 1 / (1 + exp(-_SLOPE * (scored[0].similarity - _EVEN_SIMILARITY)))
