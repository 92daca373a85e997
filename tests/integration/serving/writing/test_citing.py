"""Which spans are cited for what a model wrote."""

from __future__ import annotations

from typing import Any

from tests.integration.serving.conftest import Company

OPENING = "To set up a new card, do this:"
PASSAGES = [
    {
        "text": "Set up a new card. Open the self service application on your laptop. Click Test "
        "and wait until the card is read. Funeral leave is 3 days. Moving house is 1 day."
    },
    {"text": "Sick leave of 3 days and more needs a doctor's note. Ask your manager first."},
]


def _cited(company: Company, text: str) -> list[list[str]]:
    body = {"text": text, "passages": PASSAGES}
    checked: dict[str, Any] = company.ok("POST", "/v1/check", user="ana@acme.test", json=body)
    assert {claim["verdict"] for claim in checked["claims"]} == {"supported"}, checked
    return [[cited["quote"] for cited in claim["citations"]] for claim in checked["claims"]]


def test_item_of_a_list_is_cited_by_itself(company: Company) -> None:
    steps = "1. Open the self service application on your laptop.\n2. Click Test."
    assert _cited(company, f"{OPENING}\n\n{steps}") == [
        ["Open the self service application on your laptop."],
        ["Click Test and wait until the card is read."],
    ]


def test_item_without_a_verb_is_cited_with_the_sentence_that_opens_its_list(
    company: Company,
) -> None:
    ((quote,),) = _cited(company, "For a funeral, the leave is:\n\n- 3 days")
    assert quote == "Funeral leave is 3 days."
