"""Reciprocal rank: how far up is the first document that answers the question?"""

from __future__ import annotations

from collections.abc import Collection, Sequence


def first_gold_rank(ranked: Sequence[str], gold: Collection[str]) -> int | None:
    """Rank, from 1, of the first gold document among the distinct ones of a ranking."""
    distinct = dict.fromkeys(ranked)
    return next((rank for rank, path in enumerate(distinct, start=1) if path in gold), None)


def reciprocal_rank(ranked: Sequence[str], gold: Collection[str]) -> float:
    """1 / rank of the first gold document, 0 where the ranking holds none. Its mean over questions
    is the MRR.

    The first one counts also where a question needs several: how many of them are found is what
    recall says. A ranking cut off at 10 gives what is called MRR@10.

    Source: Voorhees, The TREC-8 Question Answering Track Report (1999).
    """
    rank = first_gold_rank(ranked, gold)
    return 1 / rank if rank else 0.0
