"""A labelled pair: a claim, what it cites, and what a checker should say of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "verbatim",
    "paraphrase",
    "merged, both cited",
    "number swap",
    "date swap",
    "amount swap",
    "unit swap",
    "name swap",
    "negation flip",
    "modality change",
    "merged, one cited",
    "wrong passage",
    "neighbouring passage",
    "absent fact",
    "subject mismatch",
    "subject mismatch, mechanical",
]
Split = Literal["train", "test"]

SUPPORTED: frozenset[Kind] = frozenset({"verbatim", "paraphrase", "merged, both cited"})
"""The kinds that a checker must let pass; all others it must catch."""

_TRAIN_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A cited span, the headings that it stands under, and the block around it."""

    text: str
    header: str
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`path` is the page of the claim's first fact, by which the pairs are split."""

    kind: Kind
    path: str
    claim: str
    cited: tuple[Cited, ...]

    @property
    def is_supported(self) -> bool:
        return self.kind in SUPPORTED

    @property
    def split(self) -> Split:
        """By document, so that no page is both learned from and tested on."""
        digest = hashlib.sha256(self.path.encode()).digest()
        return "train" if digest[0] < 256 * _TRAIN_SHARE else "test"
