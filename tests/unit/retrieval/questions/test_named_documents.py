"""Documents that a question names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.chunks import Hit, SourceId
from retrieval.questions.named_documents import (
    NEAR_THE_TOP,
    put_in_front,
    read_named_documents,
)
from tests.unit.retrieval.rerankers.hits import hits_of

SOURCES = {SourceId("source"): "handbook", SourceId("wiki"): "team wiki", SourceId("x"): "it"}
PDF = "application/pdf"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How many days are in the 2024 leave policy?", [("year", "2024")]),
        ("What does the report for 2023 say?", [("year", "2023")]),
        ("What is the limit in the PDF?", [("file", "pdf")]),
        ("Which prices are in our Excel sheet?", [("file", "spreadsheet")]),
        ("What did we say on the second slide?", [("file", "slides")]),
        ("How do I book a room, according to the team wiki?", [("source", "team wiki")]),
        (
            "What is in the handbook about the 2024 budget?",
            [("year", "2024"), ("source", "handbook")],
        ),
    ],
)
def test_named_documents_are_read(question: str, named: list[tuple[str, str]]) -> None:
    found = read_named_documents(question, source_names=SOURCES)
    assert [(item.kind, item.value) for item in found] == named
    assert all(item.words in question for item in found)


@pytest.mark.parametrize(
    "question",
    [
        "What happened in 2024?",
        "Has it cost $2024 policy fees?",
        "How do I write a PDF?",
        "What is the email address of the office?",
        "What changed between the 2023 policy and the 2024 policy?",
        "What holds if not the 2023 policy?",
        "Who works in it?",
        "Who writes the handbook?",
        "",
    ],
)
def test_what_names_no_documents_for_sure_is_left_alone(question: str) -> None:
    assert read_named_documents(question, source_names=SOURCES) == ()


def _hits(**by_rank: dict[str, Any]) -> list[Hit]:
    hits = hits_of(*[f"text {number}" for number in range(20)])
    return [
        replace(hit, chunk=replace(hit.chunk, **by_rank.get(f"r{number}", {})))
        for number, hit in enumerate(hits)
    ]


def _order(hits: list[Hit], question: str) -> tuple[list[int], list[str]]:
    named = read_named_documents(question, source_names=SOURCES)
    ordered, applied = put_in_front(hits, named, source_names=SOURCES)
    ids = [hit.chunk.id for hit in hits]
    assert sorted(hit.chunk.id for hit in ordered) == sorted(ids)
    scores = [hit.score for hit in ordered]
    assert scores == sorted(scores, reverse=True)
    return [ids.index(hit.chunk.id) for hit in ordered], [item.value for item in applied]


def test_named_documents_come_first_and_none_is_left_out() -> None:
    hits = _hits(r3={"mime": PDF}, r15={"mime": PDF})
    order, applied = _order(hits, "What does it say in the PDF?")
    assert order[:4] == [3, 15, 0, 1]
    assert applied == ["pdf"]


def test_name_that_fits_nothing_near_the_top_counts_for_nothing() -> None:
    hits = _hits(**{f"r{NEAR_THE_TOP}": {"mime": PDF}})
    assert _order(hits, "What does it say in the PDF?") == (list(range(20)), [])


def test_year_in_a_name_beats_the_year_of_the_last_change() -> None:
    changed = datetime(2024, 5, 1, tzinfo=UTC)
    hits = _hits(
        r1={"path": "policy-2023.pdf", "updated_at": changed},
        r2={"title": "Leave policy 2024"},
        r4={"updated_at": changed},
    )
    order, applied = _order(hits, "How many days are in the 2024 leave policy?")
    assert order[:4] == [2, 4, 0, 1]
    assert applied == ["2024"]


def test_named_source_comes_first() -> None:
    hits = _hits(r5={"source_id": SourceId("wiki")})
    order, applied = _order(hits, "How do I book a room, according to the team wiki?")
    assert order[0] == 5
    assert applied == ["team wiki"]


def test_no_hits_stay_no_hits() -> None:
    assert _order([], "What does it say in the PDF?") == ([], [])
