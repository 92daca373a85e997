from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.blobs import TextNotFound
from core.chunks import DocumentId
from serving.checking.contract import Quote, Verdict
from serving.checking.quote import QuoteCheck

TEXT = "Leave lasts 16 weeks.\nIt is paid. Café déjà vu 😀 ends it."


@dataclass(frozen=True)
class StoredTexts:
    """One version of one document."""

    text: str

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        if (document_id, text_version) != ("handbook", "v2"):
            raise TextNotFound(f"{document_id}/{text_version}")
        return self.text


def _quote(
    text: str, start: int, end: int, *, document: str = "handbook", version: str = "v2"
) -> Quote:
    return Quote(
        document_id=DocumentId(document), text_version=version, start=start, end=end, text=text
    )


def _verdict(*cited: Quote) -> Verdict:
    return QuoteCheck(StoredTexts(TEXT)).check("Leave lasts 16 weeks.", cited).verdict


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 21), (0, 5), (22, 33), (12, 20), (0, len(TEXT)), (34, 38), (46, 47), (20, 23)],
)
def test_an_exact_span_is_supported(start: int, end: int) -> None:
    assert _verdict(_quote(TEXT[start:end], start, end)) is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Leave lasts 18 weeks.", 0, 21),
        ("leave lasts 16 weeks.", 0, 21),
        ("Leave lasts 16 weeks. ", 0, 21),
        ("Leave lasts 16 weeks.", 1, 22),
        ("Leave lasts 16 weeks.", 0, 20),
        ("Leave lasts 16 weeks. It is paid.", 0, 33),
        ("Cafe déjà vu", 34, 46),
        ("ends it.", -8, len(TEXT)),
        ("", 5, 5),
        ("paid", 33, 22),
        ("ends it.", len(TEXT) - 8, len(TEXT) + 8),
        ("x", 10_000, 10_001),
    ],
)
def test_anything_else_is_unsupported(text: str, start: int, end: int) -> None:
    assert _verdict(_quote(text, start, end)) is Verdict.UNSUPPORTED


@pytest.mark.parametrize(("document", "version"), [("handbook", "v1"), ("gone", "v2")])
def test_a_quote_whose_text_is_gone_is_unsupported(document: str, version: str) -> None:
    cited = _quote(TEXT[:21], 0, 21, document=document, version=version)
    assert _verdict(cited) is Verdict.UNSUPPORTED


def test_one_false_or_missing_quote_outweighs_true_ones() -> None:
    true, false = _quote(TEXT[:21], 0, 21), _quote("Leave lasts forever!!", 0, 21)
    gone = _quote(TEXT[:21], 0, 21, document="gone")
    assert _verdict(true, false) is Verdict.UNSUPPORTED
    assert _verdict(true, gone) is Verdict.UNSUPPORTED
