import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chunks import ChunkId
from retrieval.fusion import fuse_scores

A, B, C = ChunkId("a"), ChunkId("b"), ChunkId("c")
ONE = {"dense": 1.0, "sparse": 1.0}

rankings = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d", "e"]).map(ChunkId), st.floats(-10, 10), max_size=5
)


def test_standardised_scores_are_added_up_by_weight() -> None:
    # Worked by hand: of 3, 2, 1 the mean is 2 and the deviation 0.8165; of 0, 6, 3 they are 3 and
    # 2.4495. So a has 1.2247 - 0.5 * 1.2247, b 0 + 0.5 * 1.2247, c -1.2247 + 0.
    fused = fuse_scores(
        {"dense": {A: 3.0, B: 2.0, C: 1.0}, "sparse": {B: 6.0, C: 3.0}},
        weights={"dense": 1.0, "sparse": 0.5},
    )
    assert [chunk for chunk, _ in fused] == [A, B, C]
    assert [score for _, score in fused] == pytest.approx([0.6124, 0.6124, -1.2247], abs=1e-4)


def test_how_far_a_chunk_stands_out_counts_and_not_only_its_rank() -> None:
    scores = {"dense": {A: 0.9, B: 0.2, C: 0.1}, "sparse": {B: 5.1, A: 5.0, C: 4.9}}
    assert fuse_scores(scores, weights=ONE)[0][0] == A


def test_chunk_that_a_retriever_does_not_name_gets_nothing_from_it() -> None:
    scores = {"dense": {A: 0.5, B: 0.5}, "sparse": {B: 2.0}}
    assert [chunk for chunk, _ in fuse_scores(scores, weights=ONE)] == [B, A]


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse_scores({"dense": {}, "sparse": {}}, weights=ONE) == []


@given(dense=rankings, sparse=rankings)
def test_every_chunk_comes_once_best_first_and_ties_by_id(
    dense: dict[ChunkId, float], sparse: dict[ChunkId, float]
) -> None:
    fused = fuse_scores({"dense": dense, "sparse": sparse}, weights=ONE)
    assert sorted(chunk for chunk, _ in fused) == sorted(dense.keys() | sparse.keys())
    assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))
