from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.chunks import Hit
from retrieval.passages.duplicates import collapse_duplicates
from tests.integration.retrieval.points import point

_LONG = " ".join(f"word{'' if n % 2 else 's'} number {chr(97 + n % 26)}{n}" for n in range(30))


def _hit(
    document: str,
    text: str,
    *,
    score: float = 1.0,
    heading: str = "Opening hours",
    updated_at: datetime | None = None,
) -> Hit:
    chunk = point(document, text=text, path=f"{document}.md", updated_at=updated_at).chunk
    return Hit(chunk=replace(chunk, heading_path=(heading,)), score=score)


def _documents(hits: list[Hit]) -> list[list[str]]:
    return [[str(c.document_id) for c in (hit.chunk, *hit.duplicates)] for hit in hits]


def test_copies_become_one_hit_where_the_best_of_them_stood() -> None:
    hits = [
        _hit("first", "Something else.", score=3),
        _hit("wiki", "The office opens at nine.", score=2),
        _hit("other", "Another matter.", score=1.5),
        _hit("handbook", "the office OPENS, at  nine", score=1),
    ]
    found = collapse_duplicates(hits)
    assert _documents(found) == [["first"], ["wiki", "handbook"], ["other"]]
    assert [hit.score for hit in found] == [3, 2, 1.5]


def test_the_copy_that_changed_last_stays() -> None:
    old, new = (datetime(year, 1, 1, tzinfo=UTC) for year in (2023, 2025))
    hits = [
        _hit("undated", "The office opens at nine.", score=3),
        _hit("old", "The office opens at nine.", score=2, updated_at=old),
        _hit("new", "The office opens at nine.", score=1, updated_at=new),
    ]
    (found,) = collapse_duplicates(hits)
    assert _documents([found]) == [["new", "undated", "old"]]
    assert found.score == 3


def test_other_figures_names_or_negations_are_another_passage() -> None:
    texts = [
        "The office opens at 9.",
        "The office opens at 10.",
        "The Oslo office opens at 9.",
        "The office never opens at 9.",
    ]
    hits = [_hit(str(number), text) for number, text in enumerate(texts)]
    assert collapse_duplicates(hits) == hits


def test_a_short_text_under_another_heading_is_another_passage() -> None:
    hits = [_hit("a", "Open from 9 to 5.", heading="Oslo"), _hit("b", "Open from 9 to 5.")]
    assert collapse_duplicates(hits) == hits


def test_a_long_text_is_a_copy_under_another_heading_but_not_of_another_year() -> None:
    hits = [
        _hit("a", _LONG, heading="Leave policy"),
        _hit("b", _LONG, heading="Leave"),
        _hit("c", _LONG, heading="Leave policy 2024"),
    ]
    assert _documents(collapse_duplicates(hits)) == [["a", "b"], ["c"]]


def test_texts_without_words_are_never_copies() -> None:
    hits = [_hit("a", "---"), _hit("b", "***")]
    assert collapse_duplicates(hits) == hits
