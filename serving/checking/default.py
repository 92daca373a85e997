"""The checks that every claim goes through, in order."""

from __future__ import annotations

from core.blobs import TextStore
from serving.checking.checker import CitationChecker
from serving.checking.dates import DatesCheck
from serving.checking.negation import NegationCheck
from serving.checking.numbers import NumbersCheck
from serving.checking.quote import QuoteCheck


def default_checker(texts: TextStore) -> CitationChecker:
    """Quote first: what the others compare the claim with must be what the document says."""
    return CitationChecker([QuoteCheck(texts), NumbersCheck(), DatesCheck(), NegationCheck()])
