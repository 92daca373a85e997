"""Recall@k: are the documents that answer the question among the first k?"""

from __future__ import annotations

from collections.abc import Collection, Sequence


def recall_at_k(
    ranked: Sequence[str], gold: Collection[str], *, k: int, needs_every_gold: bool
) -> float:
    """Score in [0, 1] of a ranking of documents, best first; repeats count once.

    Where every gold document is needed: the share of them among the first k distinct ones. Else
    the gold documents are alternatives: 1 if any is among them. Note that with more gold documents
    than k, the share cannot reach 1.

    Raises ValueError if `gold` is empty or k < 1.
    Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), 8.4; the
    any-of variant is also called success@k or hit rate.
    """
    if not gold or k < 1:
        raise ValueError("recall needs at least one gold document, and k of at least 1")
    wanted = set(gold)
    found = wanted.intersection(list(dict.fromkeys(ranked))[:k])
    return len(found) / len(wanted) if needs_every_gold else float(bool(found))
