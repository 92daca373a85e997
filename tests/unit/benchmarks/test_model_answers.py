"""What is counted of answers that a model wrote."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.model_answers.asking import Asked
from benchmarks.model_answers.exchanges import Exchange
from benchmarks.model_answers.scoring import scored
from benchmarks.model_answers.values import invented_numbers
from evaluation.scores import QuestionResult
from evaluation.sets import Question

_QUESTION = Question(
    id="1", question="How long?", type="numeric", gold=("a.md",), must_contain=("27",)
)
_ASKED = """[1] Leave > Annual leave
> Staff get 27 days. Of these,
> 5 carry over.

[2] Travel
> Hotels cost 140 euros.

Question: How long?"""


def _claim(text: str, quote: str, verdict: str = "supported") -> dict[str, Any]:
    return {"text": text, "verdict": verdict, "citations": [{"marker": 1, "quote": quote}]}


def _response(*claims: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "status": "answered" if claims else "abstained",
        "answer": " ".join(claim["text"] for claim in claims),
        "claims": list(claims),
        "sources": [{"marker": 1, "document": {"path": "a.md"}}],
        "notices": [],
        "degraded": [],
        "usage": {"model": "a model", "prompt_tokens": 100, "completion_tokens": 9},
        **values,
    }


def _scored(response: dict[str, Any], *replies: str) -> QuestionResult:
    return scored(
        _QUESTION,
        Asked(response=response, first_claim_s=2.0, total_s=3.0),
        [Exchange(asked=_ASKED, reply=reply) for reply in replies],
        exact_quotes=(1.0, 1.0),
    )


@pytest.mark.parametrize(
    ("claim", "quote", "invented"),
    [
        ("27 days.", "You get 27 days.", set()),
        ("27 days.", "You get 26 days.", {"27"}),
        ("$1,200.50 a year.", "1200.50 dollars", set()),
        ("16 weeks, or 24.", "Sixteen weeks; twenty-four at most.", set()),
        ("1. Hold the button for 5 seconds.", "Hold it for 5 seconds.", set()),
        ("Call (415) 844-9759.", "Call (415) 844-9759.", set()),
        ("It is 09:30.", "At 9:30.", set()),
        ("Version 2.10.", "Version 2.1.", {"2.10"}),
    ],
)
def test_number_is_invented_that_no_quote_has(claim: str, quote: str, invented: set[str]) -> None:
    assert invented_numbers(claim, quote) == invented


def test_answer_with_an_invented_number_is_counted() -> None:
    result = _scored(_response(_claim("You get 41 days.", "You get 27 days.")), "…")
    assert result.metrics["invented_numbers"] == 1


def test_sentences_that_were_withheld_and_citations_that_were_repaired_are_counted() -> None:
    kept = _claim("Staff get 27 days.", "Staff get 27 days.")
    moved = _claim("5 carry over.", "Of these,\n5 carry over.")
    uncited = _claim("Hotels cost 140 euros.", "Hotels cost 140 euros.")
    reply = "Staff get 27 days. [1] 5 carry over. [2] All get a horse. [1] Hotels cost 140 euros."
    result = _scored(_response(kept, moved, uncited), reply)
    assert result.ratios["sentences_withheld"] == (1.0, 4.0)
    assert result.ratios["sentences_uncited"] == (1.0, 3.0)
    assert result.ratios["citations_repaired"] == (1.0, 2.0)
    assert result.ratios["verdict:supported"] == (3.0, 3.0)
    assert result.metrics["written_answer"] == 1
    assert result.metrics["first_claim_s"] == 2
    assert result.metrics["total_s"] == 3


def test_answer_that_quotes_instead_delivers_nothing_of_the_model() -> None:
    usage = {"model": "extractive", "prompt_tokens": 200, "completion_tokens": 20}
    response = _response(
        _claim("Staff get 27 days.", "Staff get 27 days."),
        usage=usage,
        degraded=["generation"],
        notices=[{"code": "model_answer_rejected", "detail": ""}],
    )
    result = _scored(response, "All get a horse. [1]", "Staff get 27 days. [1]")
    assert result.ratios["sentences_withheld"] == (2.0, 2.0)
    assert result.metrics["quoted_instead"] == 1
    assert result.metrics["model_wrote_again"] == 1
    assert result.metrics["degraded:generation"] == 1
    assert result.metrics["notice:model_answer_rejected"] == 1
    assert result.metrics["answer_contains"] == 1


def test_abstention_without_the_model_is_told_from_one_by_it() -> None:
    assert _scored(_response()).metrics["model_was_asked"] == 0
    result = _scored(_response(), "NOT FOUND")
    assert result.metrics["model_was_asked"] == 1
    assert "sentences_withheld" not in result.ratios
    assert result.metrics["quoted_instead"] == 0
