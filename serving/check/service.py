"""Checking a text that somebody else wrote, be it a person or a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RequestError
from core.identity import Caller, Right
from retrieval.embedders.remembering import remembering
from serving.answering.contract import VerifiedClaim
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.citing import Citer
from serving.answering.writing.sentence import WrittenSentence
from serving.check.material import GivenPassage, Material
from serving.checking.alignment.support import SupportFinder
from serving.checking.checker import worst_of
from serving.checking.contract import Verdict
from serving.checking.default import default_checker
from serving.checking.entailment.contract import Entailer
from serving.claims.lines import read_claims
from serving.claims.span import ClaimSpan
from serving.documents.service import DocumentService

MAX_MATERIAL_CHARS = 100_000
"""Of all passages and documents together: each of their sentences is embedded."""
MAX_CLAIMS = 200
_MAX_CITATIONS = 3


class TooMuchToCheck(RequestError):
    """The text has too many claims, or what it is to be checked against is too long."""

    title = "Too much to check"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSpan:
    """A claim of the text with what it was found to rest on."""

    span: ClaimSpan
    verified: VerifiedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    """`verdict` is the worst of all claims, None where there is none."""

    verdict: Verdict | None
    claims: tuple[CheckedSpan, ...]
    material: Material


class CheckService:
    """Checks texts as answers are checked. Safe to use from several threads."""

    def __init__(
        self, *, documents: DocumentService, finder: SupportFinder, entailer: Entailer
    ) -> None:
        self._documents = documents
        self._finder = finder
        self._entailer = entailer

    def check(
        self,
        caller: Caller,
        text: str,
        *,
        passages: Sequence[GivenPassage],
        document_ids: Sequence[str],
    ) -> CheckedText:
        """A marker `[n]` in the text is the n-th of the passages, documents following them, and no
        more than where to look first.

        Raises NotAllowed, DocumentNotFound, TooMuchToCheck.
        """
        caller.require(Right.SEARCH)
        documents = [self._documents.get_document(caller, each) for each in document_ids]
        material = Material(passages, documents)
        spans = read_claims(text)
        _ensure_feasible(spans, material)
        with remembering():
            citer = Citer(
                material.passages,
                support=self._finder.open(material.passages),
                verifier=ClaimVerifier(default_checker(material, self._entailer)),
                max_citations=_MAX_CITATIONS,
            )
            claims = tuple(
                CheckedSpan(span=span, verified=citer.cite(_sentence(span))) for span in spans
            )
        return CheckedText(
            verdict=worst_of([each.verified.checked.verdict for each in claims]),
            claims=claims,
            material=material,
        )


def _sentence(span: ClaimSpan) -> WrittenSentence:
    return WrittenSentence(text=span.text, passages=span.markers, lead_in=span.lead_in)


def _ensure_feasible(spans: Sequence[ClaimSpan], material: Material) -> None:
    chars = sum(len(passage.text) for passage in material.passages)
    if chars > MAX_MATERIAL_CHARS:
        raise TooMuchToCheck(
            f"The passages and documents have {chars:,} characters; {MAX_MATERIAL_CHARS:,} are the "
            "limit. Send the passages that the text rests on in place of whole documents.",
            limit_chars=MAX_MATERIAL_CHARS,
        )
    if len(spans) > MAX_CLAIMS:
        raise TooMuchToCheck(
            f"The text has {len(spans)} claims; {MAX_CLAIMS} are the limit. Send it in parts.",
            limit_claims=MAX_CLAIMS,
        )
