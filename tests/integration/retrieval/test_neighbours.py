"""Merging neighbours over the real index and the real text store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.access import Principal
from core.blobs import FsspecTextStore
from core.chunks import DocumentId, Hit, SourceId
from core.settings import EdgeIndexSettings, PassageSettings
from retrieval.filters import SearchFilters
from retrieval.index.edge import EdgeIndex
from retrieval.passages.neighbours import NeighbourMerger
from retrieval.passages.passage import Passage
from tests.integration.retrieval.points import ANA, DIMENSION, TOKEN_DIMENSION, point

_HANA = Principal(user="hana", groups=frozenset({"hr"}))
_LEAVE, _TRAVEL = ("Handbook", "Leave"), ("Handbook", "Travel")


@dataclass(frozen=True, slots=True)
class World:
    """Documents in an index and a text store."""

    index: EdgeIndex
    texts: FsspecTextStore

    def add(
        self,
        document: str,
        pieces: Sequence[str],
        *,
        headings: Sequence[tuple[str, ...]] | None = None,
        acl: Sequence[str] = ("everyone",),
        source: str = "source",
    ) -> list[Hit]:
        """A hit for each piece, the chunks of one document in order, with blank lines between."""
        text, points = "", []
        for ordinal, piece in enumerate(pieces):
            text += "\n\n" if text else ""
            made = point(document, ordinal, text=piece, acl=acl, source=source)
            start, path = len(text), headings[ordinal] if headings else ()
            text += piece
            chunk = replace(made.chunk, start=start, end=len(text), heading_path=path)
            points.append(replace(made, chunk=chunk))
        self.texts.put_text(DocumentId(document), "v1", text)
        self.index.upsert(points)
        return [Hit(chunk=each.chunk, score=1.0) for each in points]

    def merge(
        self,
        hits: Sequence[Hit],
        *,
        principal: Principal = ANA,
        filters: SearchFilters | None = None,
        window: int = 0,
        widened_hits: int = 10,
        max_tokens: int = 1000,
    ) -> list[Passage]:
        settings = PassageSettings(
            merge_neighbours=True, window=window, widened_hits=widened_hits, max_tokens=max_tokens
        )
        merger = NeighbourMerger(index=self.index, texts=self.texts, settings=settings)
        return list(merger.merge(hits, principal=principal, filters=filters or SearchFilters()))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    index = EdgeIndex(
        tmp_path / "index",
        dimension=DIMENSION,
        settings=EdgeIndexSettings(),
        token_dimension=TOKEN_DIMENSION,
    )
    yield World(index, FsspecTextStore(tmp_path / "texts"))
    index.close()


def _ordinals(passages: Sequence[Passage]) -> list[list[int]]:
    return [[hit.chunk.ordinal for hit in passage.hits] for passage in passages]


def test_hits_side_by_side_become_one_passage_where_the_best_of_them_stood(world: World) -> None:
    one, two, three, four, five = world.add("a", ["one", "two", "three", "four", "five"])
    (other,) = world.add("b", ["other"])
    passages = world.merge([five, two, other, one, three])
    assert _ordinals(passages) == [[4], [0, 1, 2], [0]]
    assert [passage.text for passage in passages] == ["five", "one\n\ntwo\n\nthree", "other"]
    assert four not in [hit for passage in passages for hit in passage.hits]


def test_a_merged_passage_is_exactly_its_span_of_the_stored_text(world: World) -> None:
    hits = world.add("a", ["Begin.", "Go on –", "é 文.", "End."])
    (passage,) = world.merge(hits[1:3])
    text = world.texts.get_text(DocumentId("a"), "v1")
    assert passage.text == text[passage.start : passage.end] == "Go on –\n\né 文."
    at = {char: passage.hit_at(text.index(char)).chunk.ordinal for char in "G–é文"}
    assert at == {"G": 1, "–": 1, "é": 2, "文": 2}


def test_what_stands_around_the_first_hits_is_read_along(world: World) -> None:
    hits = world.add("a", [f"chunk {n}" for n in range(9)])
    others = world.add("b", [f"piece {n}" for n in range(3)])
    passages = world.merge([hits[4], others[1]], window=2, widened_hits=1)
    assert _ordinals(passages) == [[2, 3, 4, 5, 6], [1]]
    assert passages[0].hits[0].chunk == hits[2].chunk


def test_a_document_has_nothing_before_its_first_chunk(world: World) -> None:
    hits = world.add("a", ["one", "two"])
    assert _ordinals(world.merge(hits[:1], window=3)) == [[0, 1]]


def test_a_passage_grows_by_turns_until_its_budget_is_full(world: World) -> None:
    hits = world.add("a", [f"chunk {n}" for n in range(9)])
    tokens = hits[0].chunk.token_count
    passages = world.merge([hits[4]], window=4, max_tokens=4 * tokens)
    assert _ordinals(passages) == [[3, 4, 5, 6]]


def test_hits_beyond_the_budget_make_passages_of_their_own(world: World) -> None:
    hits = world.add("a", [f"chunk {n}" for n in range(7)])
    tokens = hits[0].chunk.token_count
    assert _ordinals(world.merge(hits, max_tokens=4 * tokens)) == [[0, 1, 2, 3], [4, 5, 6]]


def test_sections_merge_with_those_within_and_beside_them_and_with_no_others(world: World) -> None:
    hits = world.add(
        "a",
        ["intro", "leave", "sick", "elsewhere"],
        headings=[("Handbook",), _LEAVE, _TRAVEL, ("Annex", "Forms")],
    )
    assert _ordinals(world.merge(hits)) == [[0, 1, 2], [3]]


def test_documents_never_merge(world: World) -> None:
    first, second = world.add("a", ["one"]), world.add("b", ["zero", "two"])
    assert _ordinals(world.merge([first[0], second[1]])) == [[0], [1]]


def test_what_may_not_be_read_is_not_read_along(world: World) -> None:
    hits = world.add("hr", ["one", "secret", "three"], acl=("group:hr",))
    assert _ordinals(world.merge([hits[0]], window=2, principal=_HANA)) == [[0, 1, 2]]
    (passage,) = world.merge([hits[0]], window=2, principal=ANA)
    assert passage.text == "one"


def test_what_the_filters_exclude_is_not_read_along(world: World) -> None:
    hits = world.add("a", ["one", "two"], source="hidden")
    filters = SearchFilters(excluded_source_ids=(SourceId("hidden"),))
    assert _ordinals(world.merge(hits[:1], window=1, filters=filters)) == [[0]]


def test_chunks_of_two_versions_of_a_text_never_merge(world: World) -> None:
    one, two = world.add("a", ["one", "two"])
    two = replace(two, chunk=replace(two.chunk, text_version="v2"))
    assert _ordinals(world.merge([one, two])) == [[0], [1]]


def test_hits_of_a_text_that_is_gone_stay_as_they_are(world: World) -> None:
    one, two, _ = world.add("a", ["one", "two", "three"])
    world.texts.delete_document(DocumentId("a"))
    assert [p.text for p in world.merge([two, one], window=1)] == ["one", "two"]


def test_without_the_setting_every_hit_is_read_alone(world: World) -> None:
    hits = world.add("a", ["one", "two"])
    settings = PassageSettings(merge_neighbours=False, window=3)
    merger = NeighbourMerger(index=world.index, texts=world.texts, settings=settings)
    passages = merger.merge(hits, principal=ANA, filters=SearchFilters())
    assert list(passages) == [Passage.of(hit) for hit in hits]
