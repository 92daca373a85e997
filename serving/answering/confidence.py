"""How sure one may be, before anything is said, that the evidence answers the question at all."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from serving.answering.evidence import ScoredSentence

# Printed by `python -m benchmarks.fit_confidence` on the 18F handbook's questions: the score under
# which some 13 % of the answerable ones fall, and the slope of a logistic fit on all of them.
_EVEN_SCORE = 0.75
_SLOPE = 4.6


def evidence_confidence(scored: Sequence[ScoredSentence]) -> float:
    """A logistic function of the best sentence's score; 0 without any sentence."""
    return 1 / (1 + exp(-_SLOPE * (scored[0].score - _EVEN_SCORE))) if scored else 0.0
