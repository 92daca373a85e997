"""What every check of a claim against its quotes takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.chunks import DocumentId


class Verdict(StrEnum):
    """How a claim stands to what it cites."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The span that a claim cites: `text` is said to be `normalised_text[start:end]` of that
    version of the document, offsets in characters from 0.
    """

    document_id: DocumentId
    text_version: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check's result. `detail` is a sentence for the reader of the answer: it may repeat
    pieces of the claim and of its quotes, so it is never logged.
    """

    name: str
    verdict: Verdict
    detail: str


class ClaimCheck(Protocol):
    """One layer. It says `supported` where it finds nothing against the claim, and `unchecked`
    where it cannot tell.
    """

    @property
    def name(self) -> str:
        """A short stable name, such as "numbers"."""
        ...

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        """`quotes` is never empty. May raise: the caller turns that into `unchecked`."""
        ...
