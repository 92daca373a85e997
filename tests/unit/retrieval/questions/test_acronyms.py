"""Definitions of acronyms in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.questions.acronyms import Acronym, acronym_key, find_acronyms

DEFINED: list[tuple[str, str, str]] = [
    ("The Chief Data Officer (CDO) signs.", "CDO", "Chief Data Officer"),
    ("Ask the CDO (Chief Data Officer).", "CDO", "Chief Data Officer"),
    ("a Return Merchandise Authorisation (“RMA”)", "RMA", "Return Merchandise Authorisation"),
    ("Change Control Boards (CCBs) meet weekly.", "CCB", "Change Control Boards"),
    ("OKR stands for objectives and key results.", "OKR", "objectives and key results"),
    ("- CRM - customer relationship management", "CRM", "customer relationship management"),
    ("| SLA | service level agreement |", "SLA", "service level agreement"),
    ("| service level agreement | SLA |", "SLA", "service level agreement"),
    ("the Office of the Chief Engineer (OCE)", "OCE", "Office of the Chief Engineer"),
    ("two-factor authentication (2FA)", "2FA", "two-factor authentication"),
    ("the hypertext transfer protocol (HTTP)", "HTTP", "hypertext transfer protocol"),
]


@pytest.mark.parametrize(("text", "short", "long"), DEFINED)
def test_definition_is_found(text: str, short: str, long: str) -> None:
    assert find_acronyms(text) == (Acronym(short, long),)


@pytest.mark.parametrize(
    "text",
    [
        "Ask Ana (HR).",
        "See the annex (PDF).",
        "It costs 189 euros (VAT included).",
        "The Utrecht office (NL) is open.",
        "We met on Friday (OK).",
        "ERR-1042 - the waste toner box is full",
        "",
    ],
)
def test_parenthesis_that_defines_nothing_is_left_alone(text: str) -> None:
    assert find_acronyms(text) == ()


def test_plural_and_case_are_one_key() -> None:
    assert acronym_key("Chief  Data-Officers") == acronym_key("chief data officer")
    assert acronym_key("CDOs") == acronym_key("cdo")


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert all(item.long in " ".join(text.split()) for item in find_acronyms(text))


@pytest.mark.parametrize("text", ["A" * 20_000, "(" * 20_000, "A|" * 10_000, "AB " * 7_000])
def test_hostile_text_ends(text: str) -> None:
    find_acronyms(text)
