"""Fusion: several retrievers' scores of the same chunks into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from core.chunks import ChunkId

Name = TypeVar("Name", bound=str)

# Scores of the engine differ in the last bits from run to run; beyond these a difference is noise.
_SCORE_DIGITS = 7
_NO_DEVIATION = 1e-6


def fuse_scores(
    scores: Mapping[Name, Mapping[ChunkId, float]],
    *,
    weights: Mapping[Name, float],
) -> list[tuple[ChunkId, float]]:
    """Standardise each retriever's scores over all chunks, and add them up by weight.

    For each retriever the mean over the chunks becomes 0 and the standard deviation 1, so that how
    far a chunk stands out counts, and not only its rank. A chunk that a retriever does not name has
    the score 0 there, as BM25 would score it. A retriever without chunks, or whose scores are all
    equal, adds nothing. Returns every chunk once, best first, equal scores by chunk id.

    Source: CombSUM over z-scores, Lee, Analyses of Multiple Evidence Combination, SIGIR 1997;
    Montague and Aslam, Relevance Score Normalization for Metasearch, CIKM 2001. Measured against
    reciprocal rank fusion in docs/quality.md.
    """
    chunks = sorted({chunk for named in scores.values() for chunk in named})
    if not chunks:
        return []
    total = np.zeros(len(chunks))
    for name, named in scores.items():
        values = np.array([named.get(chunk, 0.0) for chunk in chunks])
        deviation = values.std()
        if deviation > _NO_DEVIATION:
            total += weights[name] * (values - values.mean()) / deviation
    rounded = [round(float(score), _SCORE_DIGITS) for score in total]
    return sorted(zip(chunks, rounded, strict=True), key=lambda item: (-item[1], item[0]))
