"""One ranking out of several searches for one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from core.chunks import ChunkId, Hit


def in_turns(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The best of each ranking, then the second of each, and so on; every chunk once.

    So that each part of a question has its best passages among the first. A ranking alone comes
    back as it is. Else scores fall with the rank, since those of several searches do not compare.
    """
    if len(rankings) == 1:
        return list(rankings[0])
    merged: dict[ChunkId, Hit] = {}
    for same_rank in zip_longest(*rankings):
        for hit in same_rank:
            if hit is not None:
                merged.setdefault(hit.chunk.id, hit)
    return with_falling_scores(list(merged.values()))


def with_falling_scores(hits: Sequence[Hit]) -> list[Hit]:
    """In the same order, a score lowered to the one before it where it is higher."""
    ordered: list[Hit] = []
    for hit in hits:
        score = min(hit.score, ordered[-1].score) if ordered else hit.score
        ordered.append(replace(hit, score=score))
    return ordered
