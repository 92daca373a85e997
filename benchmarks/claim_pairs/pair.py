"""A claim, what it cites, and how the one truly stands to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from serving.checking.contract import Verdict

Split = Literal["train", "test"]

# Of ten documents, on average; the others are for testing.
_TRAIN_TENTHS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """A quote: `header` is the heading path above it, outermost first, joined by " > "."""

    text: str
    header: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPair:
    """`label` is never `unchecked`. `context` is the passage around the first quote, which it
    holds. `quotes` is never empty; all of them are of documents of one split.
    """

    id: str
    kind: str
    label: Verdict
    split: Split
    claim: str
    quotes: tuple[CitedText, ...]
    context: str

    @property
    def is_supported(self) -> bool:
        return self.label is Verdict.SUPPORTED


def split_of(document: str) -> Split:
    """By a hash of its path: a document keeps its split whatever else is in the set."""
    return "train" if stable_number(document) % 10 < _TRAIN_TENTHS else "test"


def stable_number(*parts: str) -> int:
    """The same for the same parts on every machine, else as good as random."""
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16], 16)


def sampled(pairs: Sequence[ClaimPair], limit: int) -> list[ClaimPair]:
    """`limit` of them, the same ones whenever they are among those given, no claim twice."""
    once = {(pair.claim, pair.quotes): pair for pair in pairs}.values()
    return sorted(once, key=lambda pair: stable_number(pair.id))[:limit]
