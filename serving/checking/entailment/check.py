"""The layer that asks what a claim means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from serving.checking.contract import CheckOutcome, Quote, Verdict
from serving.checking.entailment.contract import Entailer, Premise
from serving.checking.values import strip_markers
from serving.checking.verbatim import iter_verbatim


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
        if found.missing:
            detail = f"The quotes do not say this part: “{found.missing}”."
            return CheckOutcome(self.name, Verdict.PARTIAL, detail, unsupported_part=found.missing)
        words = f" Least of all: “{'”, “'.join(found.weakest)}”." if found.weakest else ""
        return CheckOutcome(
            self.name, Verdict.UNSUPPORTED, f"The quotes do not say what the claim says.{words}"
        )
