"""A passage: what is read of a document as one piece, be it one chunk or several neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.chunks import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Adjacent chunks of one document, in reading order, and their text without a gap.

    `text == normalised_text[start:end]`, offsets in characters from 0. Each chunk stands in it as a
    hit, because what is quoted from it has that chunk's heading and page. A chunk that was read
    along with a hit has that hit's score.
    """

    hits: tuple[Hit, ...]
    text: str

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """The hit's chunk alone."""
        return cls(hits=(hit,), text=hit.chunk.text)

    @property
    def start(self) -> int:
        return self.hits[0].chunk.start

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def hit_at(self, offset: int) -> Hit:
        """The hit whose chunk holds the character at this offset of the normalised text; of the
        blank between two chunks, the one before it.
        """
        before = [hit for hit in self.hits if hit.chunk.start <= offset]
        return before[-1] if before else self.hits[0]
