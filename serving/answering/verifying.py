"""From a claim to a verified claim: every check over what it cites."""

from __future__ import annotations

from serving.answering.contract import Citation, Claim, VerifiedClaim
from serving.checking.checker import CitationChecker
from serving.checking.contract import Quote
from serving.metrics import CLAIMS


class ClaimVerifier:
    """Checks claims against the spans that they cite. Safe to use from several threads."""

    def __init__(self, checker: CitationChecker) -> None:
        self._checker = checker

    def verify(self, claim: Claim) -> VerifiedClaim:
        checked = self._checker.check(claim.text, [_quote(cited) for cited in claim.citations])
        CLAIMS.labels(verdict=checked.verdict.value).inc()
        return VerifiedClaim(claim=claim, checked=checked)


def _quote(citation: Citation) -> Quote:
    chunk = citation.hit.chunk
    return Quote(
        document_id=chunk.document_id,
        text_version=chunk.text_version,
        start=citation.start,
        end=citation.end,
        text=citation.quote,
        header=" > ".join(dict.fromkeys((chunk.title, *chunk.heading_path))),
    )
