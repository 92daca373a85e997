"""How sure one may be, before anything is said, that the evidence answers the question at all."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from retrieval.pipeline import SearchResult
from serving.answering.evidence import ScoredSentence

_BIAS = -3.0
_SIMILARITY = 6.0
_COVERAGE = 2.0


def evidence_confidence(scored: Sequence[ScoredSentence], result: SearchResult) -> float:
    """A logistic function of the best sentence's similarity and word coverage; 0 without hits."""
    if not scored or not result.hits:
        return 0.0
    best = scored[0]
    logit = _BIAS + _SIMILARITY * best.similarity + _COVERAGE * best.context_coverage
    return 1 / (1 + exp(-logit))
