"""The checks that every claim goes through, in order."""

from __future__ import annotations

from serving.checking.checker import CitationChecker
from serving.checking.dates import DatesCheck
from serving.checking.entailment.check import EntailmentCheck
from serving.checking.entailment.contract import Entailer
from serving.checking.modality import ModalityCheck
from serving.checking.names import NamesCheck
from serving.checking.negation import NegationCheck
from serving.checking.numbers import NumbersCheck
from serving.checking.quote import QuoteCheck, QuotedTexts


def default_checker(texts: QuotedTexts, entailer: Entailer) -> CitationChecker:
    """Quote first: what the others compare the claim with must be what the document says. What
    the claim means comes last: it is asked of what passes for the same by its words.
    """
    return CitationChecker(
        [
            QuoteCheck(texts),
            NumbersCheck(),
            DatesCheck(),
            NamesCheck(),
            NegationCheck(),
            ModalityCheck(),
            EntailmentCheck(entailer),
        ]
    )
