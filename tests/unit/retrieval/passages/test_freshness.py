from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.chunks import Hit
from retrieval.passages.freshness import newer_first
from tests.integration.retrieval.points import point

_QUESTION = "How much leave do I get?"
_LEAVE = "Full-time employees receive {} days of paid leave."
_OLD, _NEW = (datetime(year, 1, 1, tzinfo=UTC) for year in (2023, 2025))


def _hit(
    path: str,
    text: str,
    *,
    score: float = 1.0,
    updated_at: datetime | None = None,
    headings: tuple[str, ...] = ("Leave",),
) -> Hit:
    chunk = point(path, text=text, path=path, updated_at=updated_at).chunk
    return Hit(chunk=replace(chunk, heading_path=headings), score=score)


def _paths(hits: list[Hit], *, question: str = _QUESTION) -> list[str]:
    return [hit.chunk.path for hit in newer_first(hits, question=question)]


def test_the_version_that_changed_last_takes_the_first_of_their_places() -> None:
    hits = [
        _hit("other.md", "Trains are booked by the office, not by you.", score=4),
        _hit("a.md", _LEAVE.format(27), score=3, updated_at=_OLD),
        _hit("between.md", "Leave is requested in the portal by everyone.", score=2),
        _hit("b.md", _LEAVE.format(30), score=1, updated_at=_NEW),
    ]
    found = newer_first(hits, question=_QUESTION)
    assert [hit.chunk.path for hit in found] == ["other.md", "b.md", "between.md", "a.md"]
    assert [hit.score for hit in found] == [4, 3, 2, 1]


def test_without_dates_the_higher_numbers_of_the_path_are_the_newer_version() -> None:
    hits = [_hit(f"leave-v1.{minor}.md", _LEAVE.format(minor)) for minor in (9, 2, 10)]
    assert _paths(hits) == ["leave-v1.10.md", "leave-v1.9.md", "leave-v1.2.md"]


def test_dates_outweigh_numbers_and_count_only_where_each_version_has_one() -> None:
    hits = [
        _hit("leave-1.md", _LEAVE.format(27), updated_at=_NEW),
        _hit("leave-2.md", _LEAVE.format(30), updated_at=_OLD),
    ]
    assert _paths(hits) == ["leave-1.md", "leave-2.md"]
    assert _paths([hits[0], _hit("leave-2.md", _LEAVE.format(30))]) == ["leave-2.md", "leave-1.md"]


def test_versions_under_headings_of_different_years_are_versions() -> None:
    hits = [
        _hit("a.md", _LEAVE.format(27), headings=("Leave 2023",), updated_at=_OLD),
        _hit("b.md", _LEAVE.format(30), headings=("Leave 2025",), updated_at=_NEW),
    ]
    assert _paths(hits) == ["b.md", "a.md"]


def test_a_question_that_names_the_older_version_gets_it_first() -> None:
    hits = [
        _hit("a.md", _LEAVE.format(27), headings=("Leave 2023",), updated_at=_OLD),
        _hit("b.md", _LEAVE.format(30), headings=("Leave 2025",), updated_at=_NEW),
    ]
    assert _paths(hits, question="How much leave did I get in 2023?") == ["a.md", "b.md"]


def test_other_words_headings_and_short_texts_make_no_versions() -> None:
    for old, new in (
        (_hit("a.md", _LEAVE.format(27)), _hit("b.md", _LEAVE.format(30).replace("paid", "sick"))),
        (
            _hit("a.md", _LEAVE.format(27), headings=("Oslo",)),
            _hit("b.md", _LEAVE.format(30), headings=("Berlin",)),
        ),
        (_hit("a.md", "Last updated 2023."), _hit("b.md", "Last updated 2025.")),
    ):
        hits = [
            replace(old, chunk=replace(old.chunk, updated_at=_OLD)),
            replace(new, chunk=replace(new.chunk, updated_at=_NEW)),
        ]
        assert newer_first(hits, question=_QUESTION) == hits


def test_chunks_of_one_document_stay_in_the_order_of_their_scores() -> None:
    first = point("doc", 0, text=_LEAVE.format(27)).chunk
    second = point("doc", 1, text=_LEAVE.format(30)).chunk
    hits = [Hit(chunk=first, score=2), Hit(chunk=second, score=1)]
    assert newer_first(hits, question=_QUESTION) == hits
