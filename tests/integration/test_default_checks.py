"""All layers together, with the packaged model: the verdict that a reader sees."""

from __future__ import annotations

import json
from dataclasses import fields
from importlib.resources import files

import pytest

from core.chunks import DocumentId
from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.checking.checker import CheckedClaim, CitationChecker
from serving.checking.contract import Quote, Verdict
from serving.checking.default import default_checker
from serving.checking.entailment.contract import Premise
from serving.checking.entailment.features import Features
from serving.checking.entailment.packaged import PackagedEntailer

LEAVE = "Full-time employees receive 27 days of paid annual leave each calendar year."
HOTEL = "Hotels may cost up to 120 euros a night, breakfast included."
HEADERS = {LEAVE: "Leave policy > Annual leave", HOTEL: "Travel policy > Hotels"}


class Quoted:
    """Documents that are their text."""

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        return document_id


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformersEmbedder:
    return SentenceTransformersEmbedder.from_settings(EmbeddingSettings())


@pytest.fixture(scope="module")
def checker(encoder: SentenceTransformersEmbedder) -> CitationChecker:
    return default_checker(Quoted(), PackagedEntailer(encoder))


def check(checker: CitationChecker, claim: str, *quotes: str) -> CheckedClaim:
    return checker.check(
        claim,
        [
            Quote(
                document_id=DocumentId(text),
                text_version="1",
                start=0,
                end=len(text),
                text=text,
                header=HEADERS[text],
            )
            for text in quotes
        ],
    )


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        (LEAVE, LEAVE),
        ("27 days of paid annual leave", LEAVE),
        ("Employees who work full time get 27 days of paid holiday a year.", LEAVE),
        ("Every year, full-time staff have 27 days of annual leave with pay.", LEAVE),
        ("A hotel may cost as much as 120 euros per night with breakfast.", HOTEL),
        ("You may spend up to 120 euros a night on a hotel, including breakfast.", HOTEL),
    ],
)
def test_what_the_quote_says_is_supported(checker: CitationChecker, claim: str, quote: str) -> None:
    checked = check(checker, claim, quote)
    assert checked.verdict is Verdict.SUPPORTED, checked.outcomes


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Full-time employees receive 27 sick days each calendar year.", LEAVE),
        ("Interns receive 27 days of paid annual leave each calendar year.", LEAVE),
        ("Full-time employees receive 27 hours of paid annual leave.", LEAVE),
        ("Unused annual leave is paid out in December.", LEAVE),
        ("Flights may cost up to 120 euros.", HOTEL),
        ("Hotels must cost up to 120 euros a night, breakfast included.", HOTEL),
        ("Hotels may not cost up to 120 euros a night.", HOTEL),
        ("Hotels are booked by the travel team.", HOTEL),
    ],
)
def test_what_the_quote_does_not_say_is_caught(
    checker: CitationChecker, claim: str, quote: str
) -> None:
    assert check(checker, claim, quote).verdict is not Verdict.SUPPORTED


def test_two_facts_need_both_their_sources(checker: CitationChecker) -> None:
    claim = (
        "Full-time employees receive 27 days of paid annual leave, and hotels may cost up to 120 "
        "euros a night."
    )
    assert check(checker, claim, LEAVE, HOTEL).verdict is Verdict.SUPPORTED
    checked = check(checker, claim, LEAVE)
    assert checked.verdict is Verdict.PARTIAL
    assert checked.unsupported_part is not None
    assert "120" in checked.unsupported_part


def test_part_that_is_not_said_is_named(encoder: SentenceTransformersEmbedder) -> None:
    claim = "Full-time employees receive paid annual leave, but dogs stay at home"
    found = PackagedEntailer(encoder).entail(claim, [Premise(text=LEAVE)])
    assert found.missing == "dogs stay at home"


def test_weights_are_of_the_codes_features() -> None:
    stored = json.loads((files("serving.checking.entailment") / "weights.json").read_text("utf-8"))
    assert list(stored["weights"]) == [field.name for field in fields(Features)]
    assert 0 < stored["threshold"] < 1
