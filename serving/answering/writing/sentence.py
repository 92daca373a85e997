"""A sentence as a language model wrote it, and what it says that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSentence:
    """`passages` are numbers that it cites, from 1, and may be of no passage; `quote` is what it
    says to have copied. Neither is to be believed. `lead_in` is the sentence that opens its list.
    """

    text: str
    passages: tuple[int, ...] = ()
    quote: str = ""
    lead_in: str = ""


class SentenceReader(Protocol):
    """Reads a reply piece by piece."""

    def feed(self, delta: str) -> list[WrittenSentence]:
        """The sentences that this piece completes."""
        ...

    def close(self) -> list[WrittenSentence]:
        """Those that the reply's end completes."""
        ...

    @property
    def says_unanswerable(self) -> bool:
        """Whether the reply, as far as it has been read, says that there is no answer."""
        ...
