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

    One false quote makes the claim `unsupported`. A text that is gone (its document was deleted,
    or indexed anew, while the answer was made) leaves nothing to compare with: `unchecked`.

    Known limit: a quote may begin or end inside a word or a number; that the offsets are sensible
    is the business of whoever chose the span.
    """

    name: ClassVar[str] = "quote"

    def __init__(self, texts: QuotedTexts) -> None:
        self._texts = texts

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        verdicts = [self._verdict(quote) for quote in quotes]
        wrong = verdicts.count(Verdict.UNSUPPORTED)
        gone = verdicts.count(Verdict.UNCHECKED)
        if wrong:
            detail = f"{wrong} of {len(verdicts)} quotes are not in the document at their offsets."
            return CheckOutcome(self.name, Verdict.UNSUPPORTED, detail)
        if gone:
            detail = (
                f"The text that {gone} of {len(verdicts)} quotes point into is no longer stored."
            )
            return CheckOutcome(self.name, Verdict.UNCHECKED, detail)
        return CheckOutcome(self.name, Verdict.SUPPORTED, "Every quote is exact.")

    def _verdict(self, quote: Quote) -> Verdict:
        try:
            text = self._texts.get_text(quote.document_id, quote.text_version)
        except KeyError:
            return Verdict.UNCHECKED
        is_span = 0 <= quote.start < quote.end <= len(text)
        is_exact = is_span and text[quote.start : quote.end] == quote.text
        return Verdict.SUPPORTED if is_exact else Verdict.UNSUPPORTED
