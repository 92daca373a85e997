"""What questions are drafted from, and in which order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

_SEED = 20_240_613


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPassage:
    """A chunk of a document. `also_in` are the paths of documents with the same chunk; `source` is
    that of a live server's document.
    """

    id: str
    path: str
    text: str
    title: str = ""
    heading_path: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    source: str | None = None


def spread(passages: Sequence[DraftPassage]) -> Iterator[DraftPassage]:
    """All of them: one of each document, then a second of each, and so on.

    The order of documents, and that within a document, is drawn from a fixed seed.
    """
    order = random.Random(_SEED)  # noqa: S311  (an order, not a secret)
    documents: dict[tuple[str | None, str], list[DraftPassage]] = {}
    for passage in passages:
        documents.setdefault((passage.source, passage.path), []).append(passage)
    shuffled = [order.sample(some, k=len(some)) for some in documents.values()]
    order.shuffle(shuffled)
    for turn in zip_longest(*shuffled):
        yield from (passage for passage in turn if passage is not None)
