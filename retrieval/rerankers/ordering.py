"""From scores to an order: what every reranker that gives a score for each hit shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite

from core.chunks import Chunk, Hit
from retrieval.rerankers.contract import RerankerReplyInvalid

_PATH_SEPARATOR = " > "


def best_first(hits: Sequence[Hit], scores: Sequence[float], *, top_k: int) -> list[Hit]:
    """The `top_k` best hits with their new scores; equal scores keep the order of `hits`.

    `scores` has one entry for each hit, in order. Raises RerankerReplyInvalid for a score that is
    not finite: it has no place in an order.
    """
    if not all(map(isfinite, scores)):
        raise RerankerReplyInvalid("The reranker gave a score that is not a finite number.")
    scored = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
    return sorted(scored, key=lambda hit: -hit.score)[:top_k]


def best_by_text(
    hits: Sequence[Hit], score: Callable[[list[str]], Sequence[float]], *, top_k: int
) -> list[Hit]:
    """`best_first` by the scores that `score` gives for passage texts, one each, in order.

    It is asked once, for each distinct text: a model gives the same text, in another batch, a
    score that differs in its last bits, and equal texts would lose their order.
    """
    texts = [passage_text(hit.chunk) for hit in hits]
    distinct = list(dict.fromkeys(texts))
    scores = dict(zip(distinct, score(distinct), strict=True)) if distinct else {}
    return best_first(hits, [scores[text] for text in texts], top_k=top_k)


def passage_text(chunk: Chunk) -> str:
    """`title > heading path` on one line and the chunk's text below: a passage alone seldom says
    what it is about. A title that only repeats the outermost heading is left out.
    """
    path = list(chunk.heading_path)
    if chunk.title and not (path and path[0].casefold() == chunk.title.casefold()):
        path.insert(0, chunk.title)
    return f"{_PATH_SEPARATOR.join(path)}\n{chunk.text}" if path else chunk.text
