"""The layer that asks what a claim means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from serving.checking.contract import CheckOutcome, Quote, Verdict
from serving.checking.entailment.contract import Entailer, Premise
from serving.checking.values import strip_markers
from serving.checking.verbatim import iter_verbatim

# A claim of which more than this is not said is not partly supported.
_MOST_MISSING = 0.7


class EntailmentCheck:
    """`supported` where the quotes together say the claim, by the judgement of an entailer;
    `partial` where they say a part, and then the rest is named; else `unsupported`. A claim that
    stands in a quote word for word is not judged.
    """

    name: ClassVar[str] = "entailment"

    def __init__(self, entailer: Entailer) -> None:
        self._entailer = entailer

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        if any(next(iter_verbatim(text, quote.text), None) for quote in quotes):
            return CheckOutcome(self.name, Verdict.SUPPORTED, "The claim stands in the quote.")
        found = self._entailer.entail(
            text, [Premise(text=quote.text, header=quote.header) for quote in quotes]
        )
        if found.probability >= self._entailer.threshold:
            return CheckOutcome(self.name, Verdict.SUPPORTED, "The quotes say what the claim says.")
        is_partial = found.missing and len(found.missing) <= _MOST_MISSING * len(text)
        verdict = Verdict.PARTIAL if is_partial and found.missing in text else Verdict.UNSUPPORTED
        detail = "The quotes do not say this"
        detail += f": “{found.missing}”." if found.missing else "."
        return CheckOutcome(
            self.name,
            verdict,
            detail,
            unsupported_part=found.missing if verdict is Verdict.PARTIAL else None,
        )
