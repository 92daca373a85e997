"""What an answerer promises, and what an answer is before it becomes a response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.chunks import Hit
from retrieval.pipeline import SearchResult
from serving.checking.checker import CheckedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A quoted span of a hit's document: offsets in characters of its normalised text."""

    hit: Hit
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of an answer with what it cites; not checked yet."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an answerer proposes. `confidence` is its estimate, in [0, 1], that the evidence answers
    the question at all.
    """

    claims: tuple[Claim, ...]
    confidence: float
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedClaim:
    """A claim with its verdict."""

    claim: Claim
    checked: CheckedClaim


class Answerer(Protocol):
    """Drafts an answer from what was found. Safe to use from several threads."""

    def draft(self, question: str, result: SearchResult) -> Draft:
        """`question` as it was asked; `result.question` stands alone."""
        ...
