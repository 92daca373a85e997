"""What every vector index promises. Subclass it and say how to open yours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from core.access import Principal, may_read
from core.chunks import DocumentId, Hit, SourceId, chunk_id
from retrieval.embedders.vectors import Encoding
from retrieval.filters import SearchFilters
from retrieval.index.contract import IndexQuery, VectorIndex
from tests.integration.retrieval.points import (
    ANA,
    DIMENSION,
    TOKEN_DIMENSION,
    point,
    query,
    token_vectors,
    vector,
)

_TOKENS = ("everyone", "user:ana", "user:ben", "group:hr", "group:sales", "group:it")
_GROUPS = ("hr", "sales", "it")
_KINDS = {
    "hybrid": query(),
    "dense": query(text=None),
    "sparse": query(seed=None),
}

all_kinds = pytest.mark.parametrize("kind", _KINDS)

_PDF = "application/pdf"
_JAN, _FEB, _MAR = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
_FEB_IN_HELSINKI = datetime(2026, 2, 1, 2, tzinfo=timezone(timedelta(hours=2)))

_FILTERED_POINTS = [
    point("pdf", source="s1", path="hand/a b%.pdf", mime=_PDF, updated_at=_JAN),
    point("note", source="s1", path="handbook.txt", mime="text/plain", updated_at=_FEB),
    point("sub", source="s2", path="hand/sub/a.html", mime="text/html", updated_at=_MAR),
    point("undated", source="s3", path="other.md"),
    point("no", source="s1", path="hand/b.pdf", mime=_PDF, updated_at=_FEB, acl=("group:hr",)),
]
_S1, _S2 = SourceId("s1"), SourceId("s2")
_FILTERS: list[tuple[SearchFilters, set[str]]] = [
    (SearchFilters(), {"pdf", "note", "sub", "undated"}),
    (SearchFilters(source_ids=(_S1,)), {"pdf", "note"}),
    (SearchFilters(source_ids=(_S1, _S2)), {"pdf", "note", "sub"}),
    (SearchFilters(source_ids=(SourceId(""),)), set()),
    (SearchFilters(path_prefix="hand/"), {"pdf", "sub"}),
    (SearchFilters(path_prefix="hand"), {"pdf", "note", "sub"}),
    (SearchFilters(path_prefix="and"), set()),
    (SearchFilters(path_prefix="Hand/"), set()),
    (SearchFilters(path_prefix="hand/a b%.pdf"), {"pdf"}),
    (SearchFilters(mimes=(_PDF,)), {"pdf"}),
    (SearchFilters(mimes=(_PDF, "text/plain")), {"pdf", "note"}),
    (SearchFilters(mimes=("application",)), set()),
    (SearchFilters(updated_from=_FEB), {"note", "sub"}),
    (SearchFilters(updated_to=_FEB), {"pdf", "note"}),
    (SearchFilters(updated_from=_JAN + timedelta(days=1), updated_to=_FEB), {"note"}),
    (SearchFilters(updated_from=_FEB_IN_HELSINKI), {"note", "sub"}),
    (SearchFilters(updated_from=_MAR + timedelta(seconds=1)), set()),
    (SearchFilters(source_ids=(_S1,), mimes=("text/html",)), set()),
    (SearchFilters(source_ids=(_S2,), path_prefix="hand/sub/"), {"sub"}),
]


def _documents(hits: list[Hit]) -> set[str]:
    return {hit.chunk.document_id for hit in hits}


class VectorIndexContract:
    """The promises of `VectorIndex`, over an index that is empty when a test begins."""

    def open(self, path: Path) -> VectorIndex:
        """Open the index that lives in this folder, or make it; vectors have `DIMENSION` values,
        token vectors `TOKEN_DIMENSION`.
        """
        raise NotImplementedError

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "index"

    @pytest.fixture
    def index(self, folder: Path) -> Iterator[VectorIndex]:
        index = self.open(folder)
        yield index
        index.close()

    @all_kinds
    def test_empty_index_finds_nothing(self, index: VectorIndex, kind: str) -> None:
        assert index.search(_KINDS[kind]) == []
        assert index.count() == 0
        assert index.count_by_document() == {}

    @all_kinds
    def test_chunk_comes_back_exactly_as_it_was_written(
        self, index: VectorIndex, kind: str
    ) -> None:
        written = point(updated_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
        bare = point("bare", text="Urlaub “é” 文", acl=("everyone", "group:hr"))
        bare = replace(bare, chunk=replace(bare.chunk, heading_path=(), page=None))
        index.upsert([written, bare])
        found = {hit.chunk.document_id: hit.chunk for hit in index.search(_KINDS[kind])}
        assert found[DocumentId("doc")] == written.chunk
        if kind != "sparse":
            assert found[DocumentId("bare")] == bare.chunk

    def test_upserting_twice_is_upserting_once(self, index: VectorIndex) -> None:
        points = [point("a", 0, seed=1), point("a", 1, seed=2)]
        index.upsert(points)
        index.upsert(points)
        assert index.count() == 2
        assert index.count_by_document() == {"a": 2}
        assert len(index.search(query())) == 2

    def test_upserting_a_changed_chunk_replaces_its_text_and_both_vectors(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point(text="annual leave", seed=1)])
        index.upsert([point(text="train travel", seed=2)])
        assert index.search(query(text="annual leave", seed=None)) == []
        (hit,) = index.search(query(text="train travel", seed=None))
        assert hit.chunk.text == "train travel"
        (hit,) = index.search(query(text=None, seed=2))
        assert hit.score == pytest.approx(1.0, abs=1e-5)

    def test_chunk_that_lost_its_words_loses_its_sparse_vector(self, index: VectorIndex) -> None:
        index.upsert([point(text="annual leave")])
        index.upsert([point(text="of the")])
        assert index.search(query(text="annual leave", seed=None)) == []

    def test_more_points_than_one_batch_are_all_written(self, index: VectorIndex) -> None:
        index.upsert([point("a", number, seed=number) for number in range(700)])
        assert index.count() == 700
        assert index.count_by_document() == {"a": 700}

    def test_writing_nothing_is_no_error(self, index: VectorIndex) -> None:
        index.upsert([])
        assert index.count() == 0

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_dense_vector_that_is_not_finite_is_refused_and_nothing_is_written(
        self, index: VectorIndex, value: float
    ) -> None:
        bad = np.full(DIMENSION, value, dtype=np.float32)
        with pytest.raises(ValueError, match="not finite"):
            index.upsert([point("good"), replace(point("bad"), encoding=Encoding(dense=bad))])
        assert index.count() == 0

    @all_kinds
    def test_no_hit_lies_outside_the_principals_grants_and_none_inside_is_missing(
        self, index: VectorIndex, kind: str
    ) -> None:
        chooser = random.Random(7)
        acls = {
            f"doc-{number}": tuple(chooser.sample(_TOKENS, chooser.randint(0, 3)))
            for number in range(60)
        }
        index.upsert(
            [point(name, acl=acl, seed=number) for number, (name, acl) in enumerate(acls.items())]
        )
        for _ in range(25):
            principal = Principal(
                user=chooser.choice(["ana", "ben", "cy", "everyone", "group:hr", ""]),
                groups=frozenset(chooser.sample(_GROUPS, chooser.randint(0, 3))),
            )
            readable = {name for name, acl in acls.items() if may_read(principal, acl)}
            found = _documents(
                index.search(replace(_KINDS[kind], principal=principal, top_k=100, candidate_k=100))
            )
            assert found == readable

    @all_kinds
    def test_access_filter_holds_inside_the_retriever_and_not_after_it(
        self, index: VectorIndex, kind: str
    ) -> None:
        """A filter on what was already cut to `candidate_k` would leave the reader with nothing."""
        index.upsert([point(f"hidden-{n}", acl=("group:hr",)) for n in range(30)])
        index.upsert([point("open", text="leave and much else besides this", seed=99)])
        hits = index.search(replace(_KINDS[kind], top_k=3, candidate_k=3))
        assert _documents(hits) == {"open"}

    @all_kinds
    def test_chunk_with_an_empty_access_list_is_found_by_nobody(
        self, index: VectorIndex, kind: str
    ) -> None:
        index.upsert([point(acl=())])
        assert index.search(_KINDS[kind]) == []

    @all_kinds
    def test_access_change_takes_effect_at_once_in_both_directions(
        self, index: VectorIndex, kind: str
    ) -> None:
        index.upsert([point("a", 0), point("a", 1), point("b", 0)])
        index.set_acl(DocumentId("a"), ["group:hr"])
        assert _documents(index.search(_KINDS[kind])) == {"b"}
        member = replace(_KINDS[kind], principal=Principal(user="ana", groups=frozenset({"hr"})))
        assert _documents(index.search(member)) == {"a", "b"}
        index.set_acl(DocumentId("a"), [])
        assert _documents(index.search(member)) == {"b"}
        index.set_acl(DocumentId("a"), ["user:ana"])
        hits = index.search(_KINDS[kind])
        assert _documents(hits) == {"a", "b"}
        assert {hit.chunk.acl for hit in hits} == {("user:ana",), ("everyone",)}

    def test_new_description_is_what_hits_say_and_dates_are_filtered_by(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("a", 0), point("a", 1), point("b", 0)])
        newer = datetime(2031, 5, 1, tzinfo=UTC)
        index.set_description(DocumentId("a"), uri="file:///new", updated_at=newer)
        since = replace(query(), filters=SearchFilters(updated_from=newer))
        hits = index.search(since)
        assert len(hits) == 2
        assert {(hit.chunk.uri, hit.chunk.updated_at) for hit in hits} == {("file:///new", newer)}
        index.set_description(DocumentId("a"), uri="file:///new", updated_at=None)
        assert index.search(since) == []
        assert {hit.chunk.updated_at for hit in index.search(query())} == {None}

    def test_access_change_of_an_unknown_document_changes_nothing(self, index: VectorIndex) -> None:
        index.upsert([point("a")])
        index.set_acl(DocumentId("no such"), [])
        assert _documents(index.search(query())) == {"a"}

    def test_deleting_a_document_leaves_the_others_and_may_be_done_twice(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("a", 0), point("a", 1), point("b", 0)])
        for _ in range(2):
            index.delete_document(DocumentId("a"))
        assert index.count_by_document() == {"b": 1}
        assert _documents(index.search(query())) == {"b"}
        assert index.find_vectors(["a/0"]) == {}

    def test_deleting_from_an_ordinal_on_keeps_what_comes_before_it(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("a", ordinal) for ordinal in range(5)])
        index.upsert([point("b", 4)])
        index.delete_document(DocumentId("a"), from_ordinal=2)
        found = {(hit.chunk.document_id, hit.chunk.ordinal) for hit in index.search(query())}
        assert found == {("a", 0), ("a", 1), ("b", 4)}

    @all_kinds
    def test_filters_narrow_to_documents_that_meet_every_condition(
        self, index: VectorIndex, kind: str
    ) -> None:
        index.upsert(_FILTERED_POINTS)
        for filters, expected in _FILTERS:
            found = _documents(index.search(replace(_KINDS[kind], filters=filters)))
            assert found == expected, filters

    def test_stored_dense_vectors_are_found_by_hash_and_absent_ones_left_out(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("a", 0, seed=1), point("a", 1, seed=2), point("b", 0, seed=3)])
        found = index.find_vectors(["a/1", "b/0", "nowhere"])
        assert set(found) == {"a/1", "b/0"}
        np.testing.assert_allclose(found["a/1"].dense, vector(2), atol=1e-6)
        np.testing.assert_allclose(found["b/0"].dense, vector(3), atol=1e-6)
        assert found["a/1"].dense.dtype == np.float32
        assert index.find_vectors([]) == {}

    def test_dense_vectors_of_many_chunks_with_one_text_are_found(self, index: VectorIndex) -> None:
        index.upsert([point("a", n, seed=1, embedding_hash="same") for n in range(1200)])
        index.upsert([point("z", 0, seed=2, embedding_hash="other")])
        found = index.find_vectors(["same", "other"])
        np.testing.assert_allclose(found["same"].dense, vector(1), atol=1e-6)
        np.testing.assert_allclose(found["other"].dense, vector(2), atol=1e-6)

    def test_dense_search_ranks_by_similarity(self, index: VectorIndex) -> None:
        index.upsert([point(str(seed), seed=seed) for seed in range(20)])
        hits = index.search(query(text=None, seed=5))
        expected = sorted(range(20), key=lambda seed: -float(vector(seed) @ vector(5)))
        assert [int(hit.chunk.document_id) for hit in hits] == expected

    def test_sparse_search_prefers_the_rarer_word(self, index: VectorIndex) -> None:
        index.upsert([point(f"common-{n}", text="annual report") for n in range(10)])
        index.upsert([point("rare", text="annual sabbatical")])
        hits = index.search(query(text="annual sabbatical", seed=None))
        assert hits[0].chunk.document_id == "rare"
        assert hits[0].score > hits[1].score
        assert len(hits) == 11

    def test_hybrid_search_puts_what_both_find_before_what_one_finds(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("dense only", text="unrelated words", seed=0)])
        index.upsert([point("both", text="annual leave policy", seed=0)])
        hits = index.search(query())
        assert [hit.chunk.document_id for hit in hits] == ["both", "dense only"]

    @all_kinds
    def test_scores_fall_and_top_k_cuts_the_same_list(self, index: VectorIndex, kind: str) -> None:
        words = "annual leave policy travel report".split()
        index.upsert([point(str(n), text=" ".join(words[: 1 + n % 5]), seed=n) for n in range(40)])
        everything = index.search(replace(_KINDS[kind], top_k=40))
        scores = [hit.score for hit in everything]
        assert scores == sorted(scores, reverse=True)
        for top_k in (1, 5, 17):
            assert index.search(replace(_KINDS[kind], top_k=top_k)) == everything[:top_k]

    @all_kinds
    def test_asking_for_more_than_the_candidates_adds_below_them(
        self, index: VectorIndex, kind: str
    ) -> None:
        words = "annual leave policy travel report".split()
        index.upsert([point(str(n), text=" ".join(words[: 1 + n % 5]), seed=n) for n in range(40)])
        few = index.search(replace(_KINDS[kind], candidate_k=5, top_k=5))
        many = index.search(replace(_KINDS[kind], candidate_k=5, top_k=30))
        assert many[:5] == few
        assert len({hit.chunk.id for hit in many}) == 30
        scores = [hit.score for hit in many]
        assert scores == sorted(scores, reverse=True)

    @all_kinds
    def test_distinct_documents_are_the_first_chunks_of_each_in_the_same_order(
        self, index: VectorIndex, kind: str
    ) -> None:
        words = "annual leave policy travel report".split()
        index.upsert(
            [
                point(str(n % 7), n, text=" ".join(words[: 1 + n % 5]), seed=n, acl=("everyone",))
                for n in range(40)
            ]
        )
        index.upsert([point("hidden", n, seed=0, acl=("group:hr",)) for n in range(5)])
        everything = index.search(replace(_KINDS[kind], candidate_k=5, top_k=200))
        firsts = {hit.chunk.document_id: hit for hit in reversed(everything)}
        expected = sorted(firsts.values(), key=everything.index)
        assert len(expected) == 7
        # More documents than the candidates hold: it looks below them.
        request = replace(_KINDS[kind], candidate_k=5, top_k=30, distinct_documents=True)
        assert index.search(request) == expected
        assert index.search(replace(request, top_k=3)) == expected[:3]

    @pytest.mark.parametrize("kind", ["dense", "sparse"])
    def test_ties_are_ordered_by_chunk_id(self, index: VectorIndex, kind: str) -> None:
        index.upsert([point(str(number)) for number in range(60)])
        found = [hit.chunk.id for hit in index.search(replace(_KINDS[kind], top_k=60))]
        assert found == sorted(found)
        assert len(found) == 60

    @all_kinds
    def test_repeated_query_gives_the_same_hits_in_the_same_order_despite_ties(
        self, index: VectorIndex, kind: str
    ) -> None:
        index.upsert([point(str(number), seed=number // 20) for number in range(60)])
        request = replace(_KINDS[kind], top_k=15, candidate_k=30)
        first = index.search(request)
        assert len(first) == 15
        for _ in range(20):
            assert index.search(request) == first

    @all_kinds
    def test_explanation_gives_each_retrievers_rank_and_score(
        self, index: VectorIndex, kind: str
    ) -> None:
        index.upsert([point("a", text="annual leave policy", seed=1)])
        index.upsert([point("b", text="train travel", seed=0)])
        request = replace(_KINDS[kind], explain=True)
        explained = {h.chunk.document_id: h.retrievers for h in index.search(request)}
        if kind != "sparse":
            assert explained[DocumentId("b")]["dense"].rank == 1
            assert explained[DocumentId("b")]["dense"].score == pytest.approx(1.0, abs=1e-5)
            assert explained[DocumentId("a")]["dense"].rank == 2
        if kind != "dense":
            assert explained[DocumentId("a")]["sparse"].rank == 1
            assert explained[DocumentId("a")]["sparse"].score > 0
        if kind == "hybrid":
            assert "sparse" not in explained[DocumentId("b")]
        assert all(not hit.retrievers for hit in index.search(_KINDS[kind]))

    def test_late_interaction_adds_up_each_question_tokens_best_match(
        self, index: VectorIndex
    ) -> None:
        index.upsert(
            [
                point("both", tokens=token_vectors(0, 1, 3)),
                point("one", tokens=token_vectors(0, 0, 0)),
                point("none", tokens=token_vectors(2)),
            ]
        )
        hits = index.search(query(tokens=token_vectors(0, 1), explain=True))
        assert [hit.chunk.document_id for hit in hits] == ["both", "one", "none"]
        assert [hit.retrievers["tokens"].score for hit in hits] == pytest.approx([2, 1, 0])

    def test_late_interaction_only_orders_what_another_retriever_named(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("near", seed=0), point("far", seed=1, tokens=token_vectors(0))])
        request = query(text=None, seed=0, candidate_k=1, top_k=1, tokens=token_vectors(0))
        assert _documents(index.search(request)) == {"near"}

    def test_late_interaction_names_no_chunk_that_may_not_be_read(self, index: VectorIndex) -> None:
        index.upsert(
            [
                point("hidden", acl=("group:hr",), tokens=token_vectors(0)),
                point("open", seed=9, tokens=token_vectors(1)),
            ]
        )
        (hit,) = index.search(query(tokens=token_vectors(0), explain=True))
        assert hit.chunk.document_id == "open"
        assert {score.rank for score in hit.retrievers.values()} == {1}

    def test_stored_token_vectors_are_found_and_a_chunk_may_have_none(
        self, index: VectorIndex
    ) -> None:
        index.upsert([point("a", tokens=token_vectors(2, 0)), point("b")])
        found = index.find_vectors(["a/0", "b/0"])
        tokens = found["a/0"].tokens
        assert tokens is not None
        np.testing.assert_allclose(tokens, token_vectors(2, 0), atol=1e-3)
        assert found["b/0"].tokens is None

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_token_vector_that_is_not_finite_is_refused(
        self, index: VectorIndex, value: float
    ) -> None:
        bad = np.full((1, TOKEN_DIMENSION), value, dtype=np.float32)
        with pytest.raises(ValueError, match="not finite"):
            index.upsert([point(tokens=bad)])
        assert index.count() == 0

    def test_explanation_names_no_chunk_that_may_not_be_read(self, index: VectorIndex) -> None:
        index.upsert([point("hidden", acl=("group:hr",)), point("open", seed=9)])
        (hit,) = index.search(query(explain=True))
        assert {score.rank for score in hit.retrievers.values()} == {1}

    def test_chunks_are_found_by_id_exactly_as_they_were_written(self, index: VectorIndex) -> None:
        first, second = point("a", 0, text="one"), point("a", 1, text="two")
        index.upsert([first, second, point("b")])
        ids = [second.chunk.id, first.chunk.id, chunk_id(DocumentId("a"), 2)]
        found = index.find_chunks(ids, principal=ANA, filters=SearchFilters())
        assert found == {p.chunk.id: p.chunk for p in (first, second)}
        assert index.find_chunks([], principal=ANA, filters=SearchFilters()) == {}

    def test_chunks_that_may_not_be_read_are_not_found_by_id(self, index: VectorIndex) -> None:
        written = [point("open"), point("hr", acl=("group:hr",)), point("none", acl=())]
        ids = [each.chunk.id for each in written]
        index.upsert(written)
        for principal, readable in (
            (ANA, {"open"}),
            (Principal(user="hana", groups=frozenset({"hr"})), {"open", "hr"}),
        ):
            found = index.find_chunks(ids, principal=principal, filters=SearchFilters())
            assert {chunk.document_id for chunk in found.values()} == readable
        index.set_acl(DocumentId("open"), ["group:hr"])
        assert index.find_chunks(ids, principal=ANA, filters=SearchFilters()) == {}

    def test_chunks_that_filters_exclude_are_not_found_by_id(self, index: VectorIndex) -> None:
        written = [point("a", source="s1"), point("b", source="s2")]
        index.upsert(written)
        found = index.find_chunks(
            [each.chunk.id for each in written],
            principal=ANA,
            filters=SearchFilters(excluded_source_ids=(_S2,)),
        )
        assert {chunk.document_id for chunk in found.values()} == {"a"}

    def test_question_of_stop_words_alone_is_answered_by_meaning(self, index: VectorIndex) -> None:
        index.upsert([point("a", seed=1), point("b", seed=2)])
        hits = index.search(query(text="what is the of to", seed=2))
        assert hits[0].chunk.document_id == "b"
        assert index.search(query(text="what is the of to", seed=None)) == []

    def test_query_without_any_vector_finds_nothing(self, index: VectorIndex) -> None:
        index.upsert([point()])
        nothing = IndexQuery(principal=ANA, filters=SearchFilters(), top_k=5, candidate_k=5)
        assert index.search(nothing) == []

    @pytest.mark.parametrize("ending", ["close", "flush and close"])
    def test_reopened_index_holds_everything(self, folder: Path, ending: str) -> None:
        index = self.open(folder)
        points = [
            point(str(n), seed=n, acl=("group:hr",) if n % 2 else ("everyone",)) for n in range(30)
        ]
        index.upsert(points)
        index.set_acl(DocumentId("0"), ["group:it"])
        index.delete_document(DocumentId("2"))
        before = index.search(query())
        if ending != "close":
            index.flush()
        index.close()
        index = self.open(folder)
        assert index.count() == 29
        assert index.search(query()) == before
        assert not _documents(before) & {"0", "1", "2"}
        np.testing.assert_allclose(index.find_vectors(["7/0"])["7/0"].dense, vector(7), atol=1e-6)
        index.close()

    def test_optimizing_changes_nothing_that_is_found(self, index: VectorIndex) -> None:
        index.upsert([point(str(n), seed=n) for n in range(300)])
        before = [hit.chunk.id for hit in index.search(query(text=None, top_k=20))]
        index.optimize()
        assert [hit.chunk.id for hit in index.search(query(text=None, top_k=20))] == before
        assert index.count() == 300
