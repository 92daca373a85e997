from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.chunks import Hit
from retrieval.passages.passage import Passage
from serving.answering.conflicts import find_conflicts, prefer_newer
from serving.answering.contract import Citation, Claim
from tests.integration.retrieval.points import point

_OLD, _NEW = (datetime(year, 1, 1, tzinfo=UTC) for year in (2023, 2025))


def _hit(
    document: str,
    text: str,
    *,
    headings: Sequence[str] = ("Leave",),
    updated_at: datetime | None = None,
) -> Hit:
    chunk = point(document, text=text, updated_at=updated_at).chunk
    return Hit(chunk=replace(chunk, heading_path=tuple(headings)), score=1.0)


def _claim(hit: Hit) -> Claim:
    text = hit.chunk.text
    return Claim(text=text, citations=(Citation(hit=hit, quote=text, start=0, end=len(text)),))


def _passages(*hits: Hit) -> list[Passage]:
    return [Passage.of(hit) for hit in hits]


_CLAIM = _hit("a", "Full-time employees receive 27 days of paid annual leave.", updated_at=_OLD)


@pytest.mark.parametrize(
    ("claim", "other", "differs_in"),
    [
        (
            "Full-time employees receive 27 days of paid annual leave.",
            "Full-time employees receive 30 days of paid annual leave.",
            ("numbers",),
        ),
        (
            "Requests for leave must arrive by 1 May 2024.",
            "Requests for leave must arrive by 1 June 2024.",
            ("dates",),
        ),
        (
            "Contractors may book travel through the portal.",
            "Contractors may not book travel through the portal.",
            ("negation",),
        ),
    ],
)
def test_the_same_wording_with_another_value_is_a_conflict(
    claim: str, other: str, differs_in: tuple[str, ...]
) -> None:
    hits = [_hit("a", claim), _hit("b", other)]
    (conflict,) = find_conflicts([_claim(hits[0])], _passages(*hits))
    assert conflict.claim == 0
    assert conflict.differs_in == differs_in
    assert conflict.citation.hit.chunk.document_id == "b"
    assert conflict.citation.quote == other


@pytest.mark.parametrize(
    "other",
    [
        "Full-time employees receive 27 days of paid annual leave.",
        "Full-time employees receive twenty-seven days of paid annual leave.",
        "Part-time interns in Oslo receive 12 days of unpaid leave.",
        "Parents take up to 18 weeks of parental leave.",
        "Annual leave is paid.",
    ],
)
def test_the_same_value_or_another_matter_is_none(other: str) -> None:
    assert find_conflicts([_claim(_CLAIM)], _passages(_CLAIM, _hit("b", other))) == []


def test_the_same_document_does_not_contradict_itself() -> None:
    other = _hit("a", "Full-time employees receive 30 days of paid annual leave.")
    assert find_conflicts([_claim(_CLAIM)], _passages(_CLAIM, other)) == []


def test_sentences_about_other_subjects_do_not_contradict_each_other() -> None:
    oslo = _hit("a", "The office opens its doors at 9.", headings=["Oslo office"])
    berlin = _hit("b", "The office opens its doors at 8.", headings=["Berlin office"])
    of_2024 = _hit("c", "The office opens its doors at 7.", headings=["Oslo office 2024"])
    (conflict,) = find_conflicts([_claim(oslo)], _passages(oslo, berlin, of_2024))
    assert conflict.citation.hit.chunk.document_id == "c"


def test_the_newer_version_takes_a_claims_place() -> None:
    newer = _hit("b", "Full-time employees receive 30 days of paid annual leave.", updated_at=_NEW)
    (claim,) = prefer_newer([_claim(_CLAIM)], _passages(_CLAIM, newer))
    assert claim == _claim(newer)
    (conflict,) = find_conflicts([claim], _passages(_CLAIM, newer))
    assert conflict.citation.quote == _CLAIM.chunk.text
    assert conflict.is_newer_than(newer.chunk) is False


@pytest.mark.parametrize("updated_at", [None, _OLD])
def test_a_version_that_is_not_newer_does_not(updated_at: datetime | None) -> None:
    other = _hit(
        "b", "Full-time employees receive 30 days of paid annual leave.", updated_at=updated_at
    )
    assert prefer_newer([_claim(_CLAIM)], _passages(_CLAIM, other)) == (_claim(_CLAIM),)


def test_two_versions_that_are_both_claims_stay_both() -> None:
    newer = _hit("b", "Full-time employees receive 30 days of paid annual leave.", updated_at=_NEW)
    claims = (_claim(_CLAIM), _claim(newer))
    assert prefer_newer(claims, _passages(_CLAIM, newer)) == claims
    assert {conflict.claim for conflict in find_conflicts(claims, _passages(_CLAIM, newer))} == {
        0,
        1,
    }
