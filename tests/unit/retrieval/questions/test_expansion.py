"""What a question's acronyms stand for, in the hits."""

from __future__ import annotations

import pytest

from retrieval.questions.acronyms import Acronym
from retrieval.questions.expansion import find_expansions, has_acronym, other_forms
from tests.unit.retrieval.rerankers.hits import hits_of

HITS = hits_of(
    "The Chief Data Officer (CDO) signs.",
    "Work schedules: an alternate work schedule (AWS) needs consent.",
    "Amazon Web Services (AWS) hosts it.",
    "An Alternate Work Schedule (AWS) is agreed on with Ana.",
    "Objectives and key results (OKRs) are set in May.",
)


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("Who appoints the CDO?", "Chief Data Officer"),
        ("Who appoints the chief data officer?", "CDO"),
        ("what is a cdo", "Chief Data Officer"),
        ("When are OKRs set?", "Objectives and key results"),
        (
            "Do I need AWS?",
            "Alternate Work Schedule, Amazon Web Services",
        ),
    ],
)
def test_other_form_is_added(question: str, added: str) -> None:
    assert other_forms(question, find_expansions(question, HITS)) == added


@pytest.mark.parametrize(
    "question",
    [
        "Who is the Chief Data Officer (CDO)?",
        "Who is the CFO?",
        "Is the officer chief of data?",
        "WHO SIGNS?",
        "",
    ],
)
def test_nothing_is_added_where_nothing_is_missing_or_known(question: str) -> None:
    assert find_expansions(question, HITS) == ()


def test_deep_hit_is_read_where_it_holds_the_short_form() -> None:
    hits = hits_of(*["About leave."] * 20, "The Chief Data Officer (CDO) signs.")
    assert find_expansions("Who is the CDO?", hits) == (Acronym("CDO", "Chief Data Officer"),)


def test_only_what_looks_like_an_acronym_is_one() -> None:
    assert has_acronym("Who is the CDO?")
    assert has_acronym("what does cdo mean")
    assert not has_acronym("Who is the officer?")
    assert not has_acronym("WHO IS THE OFFICER?")
