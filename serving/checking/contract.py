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
    version of the document, offsets in characters from 0. `header` is the title and headings that
    it stands under, joined by " > ": they may say what it speaks of, but no value.
    """

    document_id: DocumentId
    text_version: str
    start: int
    end: int
    text: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check's result. `detail` is a sentence for the reader of the answer: it may repeat
    pieces of the claim and of its quotes, so it is never logged. `unsupported_part` is the part of
    a `partial` claim that is not supported, in the claim's own words.
    """

    name: str
    verdict: Verdict
    detail: str
    unsupported_part: str | None = None


class ClaimCheck(Protocol):
    """One layer. It says `supported` where it finds nothing against the claim, be it because there
    is nothing that it could compare; `unchecked` where it cannot run.
    """

    @property
    def name(self) -> str:
        """A short stable name, such as "numbers"."""
        ...

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        """`quotes` is never empty. May raise: the caller turns that into `unchecked`."""
        ...
