"""Whatever a real model writes: what is delivered is in the documents. No word is expected of it,
since the next model says it otherwise.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from benchmarks.model_answers.values import invented_numbers
from tests.integration.local_model.conftest import ModelVouch

pytestmark = pytest.mark.timeout(1800)

ANNUAL_LEAVE = "How many days of annual leave does a full-time employee get?"
COURSES = "How much may I spend on books and courses a year?"
SICK_DAYS = (
    "How many sick days per year are paid?",
    "How many paid sick days do I have left over from last year?",
)
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"(?= \d| of \d)|(?<=\d )(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[€$£]|\b(?:euros?|pounds?|dollars?|EUR|GBP|USD)\b")


@pytest.mark.parametrize("question", [ANNUAL_LEAVE, COURSES, *SICK_DAYS])
def test_every_number_date_and_amount_is_in_an_exact_quote(
    written: ModelVouch, question: str
) -> None:
    answer = written.answer(question)
    assert answer["usage"]["prompt_tokens"] > 0, "the model was not asked"
    assert answer["degraded"] in ([], ["generation"])
    for claim in answer["claims"]:
        assert claim["verdict"] in ("supported", "unchecked"), claim
        assert claim["citations"], claim
        quotes = exact_quotes(written, claim)
        assert not invented_numbers(claim["text"], quotes), claim
        for pattern in (_MONTH, _CURRENCY):
            if pattern.search(claim["text"]):
                assert pattern.search(quotes), claim


def test_each_sentence_is_shown_with_its_verdict_to_who_wants_all(written: ModelVouch) -> None:
    """And none of those with an invented number is called supported."""
    answer = written.answer(SICK_DAYS[0], unsupported="mark")
    for claim in answer["claims"]:
        assert claim["verdict"]
        assert claim["checks"] or claim["verdict"] == "unsupported", claim
        if invented_numbers(claim["text"], exact_quotes(written, claim)):
            assert claim["verdict"] not in ("supported", "unchecked"), claim


@pytest.mark.parametrize("question", SICK_DAYS)
def test_number_of_another_matter_is_never_given_for_sick_days(
    written: ModelVouch, question: str
) -> None:
    """No document says how many sick days there are; 27 are the days of annual leave. That those
    are told about at all, where sick days were asked for, is what relevance does not always see.
    """
    for claim in written.answer(question)["claims"]:
        said = claim["text"].casefold()
        assert not ("sick" in said and re.search(r"\b\d+ (?:\w+ )?days?\b", said)), claim
        assert "27" not in said or "27 days of annual leave" in said, claim


def exact_quotes(written: ModelVouch, claim: dict[str, Any]) -> str:
    """The claim's quotes, each of which must be at its place in the stored text."""
    for cited in claim["citations"]:
        text = written.document_text(cited["document_id"])
        assert text[cited["start"] : cited["end"]] == cited["quote"], cited
    return " ".join(cited["quote"] for cited in claim["citations"])
