"""Other ways to fuse what the retrievers gave, so that they can be compared with Vouch's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.chunks import ChunkId, Hit, RetrieverScore

Scores = Mapping[str, Mapping[ChunkId, RetrieverScore]]
"""What each retriever gave, by its name and by chunk."""

Fusion = Callable[[Scores], dict[ChunkId, float]]


def refused(hits: Sequence[Hit], fusion: Fusion) -> list[Hit]:
    """The same hits in the order of another fusion; they must have been explained."""
    scores: dict[str, dict[ChunkId, RetrieverScore]] = defaultdict(dict)
    for hit in hits:
        for name, score in hit.retrievers.items():
            scores[name][hit.chunk.id] = score
    fused = fusion(scores)
    ordered = sorted(hits, key=lambda hit: (-fused[hit.chunk.id], hit.chunk.id))
    return [replace(hit, score=fused[hit.chunk.id]) for hit in ordered]


def reciprocal_rank(weights: Mapping[str, float], *, k: int) -> Fusion:
    """Sum of weight / (k + rank), ranks from 1.

    Source: Cormack, Clarke, Büttcher, SIGIR 2009, with k = 60 and equal weights.
    """

    def fuse(scores: Scores) -> dict[ChunkId, float]:
        return _sum(scores, lambda name, score: weights[name] / (k + score.rank))

    return fuse


def distribution_based(weights: Mapping[str, float]) -> Fusion:
    """Each retriever's own list is stretched so that three standard deviations below its mean
    become 0 and three above it 1; what it does not name adds nothing.

    Source: Qdrant's `dbsf`, https://qdrant.tech/documentation/concepts/hybrid-queries/.
    """

    def fuse(scores: Scores) -> dict[ChunkId, float]:
        spread = {
            name: _mean_and_deviation([score.score for score in named.values()])
            for name, named in scores.items()
        }

        def stretched(name: str, score: RetrieverScore) -> float:
            mean, deviation = spread[name]
            share = (score.score - mean) / (6 * deviation) + 0.5 if deviation else 0.5
            return weights[name] * share

        return _sum(scores, stretched)

    return fuse


def between_extremes(weights: Mapping[str, float]) -> Fusion:
    """Each retriever's lowest score becomes 0, its highest 1; what it does not name adds nothing.

    Source: CombSUM, Fox and Shaw, TREC-2 1993, with Lee's min-max normalisation, SIGIR 1997.
    """

    def fuse(scores: Scores) -> dict[ChunkId, float]:
        limits = {
            name: (
                min(score.score for score in named.values()),
                max(score.score for score in named.values()),
            )
            for name, named in scores.items()
        }

        def stretched(name: str, score: RetrieverScore) -> float:
            low, high = limits[name]
            return weights[name] * ((score.score - low) / (high - low) if high > low else 1.0)

        return _sum(scores, stretched)

    return fuse


def _sum(scores: Scores, value: Callable[[str, RetrieverScore], float]) -> dict[ChunkId, float]:
    total: dict[ChunkId, float] = defaultdict(float)
    for name, named in scores.items():
        for chunk, score in named.items():
            total[chunk] += value(name, score)
    return dict(total)


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values))
