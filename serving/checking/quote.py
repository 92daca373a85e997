"""The quote is in the stored text, character for character, at its offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from core.chunks import DocumentId
from serving.checking.contract import CheckOutcome, Quote, Verdict


class QuotedTexts(Protocol):
    """The part of `core.blobs.TextStore` that this check needs."""

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        """The exact normalised text. Raises KeyError when there is none."""
        ...


class QuoteCheck:
    """Compares every quote with the stored text; the claim itself plays no part.

    One false quote makes the claim `unsupported`, and so does one whose text is gone: its document
    was deleted, or indexed anew, while the answer was made, and what is deleted is not delivered.

    Known limit: a quote may begin or end inside a word or a number; that the offsets are sensible
    is the business of whoever chose the span.
    """

    name: ClassVar[str] = "quote"

    def __init__(self, texts: QuotedTexts) -> None:
        self._texts = texts

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        faults = [fault for quote in quotes if (fault := self._fault(quote))]
        if faults:
            detail = f"{len(faults)} of {len(quotes)} quotes: {faults[0]}"
            return CheckOutcome(self.name, Verdict.UNSUPPORTED, detail)
        return CheckOutcome(self.name, Verdict.SUPPORTED, "Every quote is exact.")

    def _fault(self, quote: Quote) -> str | None:
        try:
            text = self._texts.get_text(quote.document_id, quote.text_version)
        except KeyError:
            return "the text that it points into is no longer stored."
        is_span = 0 <= quote.start < quote.end <= len(text)
        is_exact = is_span and text[quote.start : quote.end] == quote.text
        return None if is_exact else "it is not in the document at its offsets."
