"""The embedded index over the real engine, and what only an engine on a disk can get wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import qdrant_edge as qe

from core.chunks import DocumentId
from core.settings import EdgeIndexSettings
from retrieval.embedders.vectors import Encoding
from retrieval.index.contract import IndexDamaged, IndexUnavailable, VectorIndex
from retrieval.index.edge import EdgeIndex
from retrieval.index.edge_config import shard_config
from retrieval.sparse import SparseVector
from tests.integration.retrieval.index_contract import VectorIndexContract
from tests.integration.retrieval.points import DIMENSION, TOKEN_DIMENSION, point, query

_REPOSITORY = Path(__file__).parents[3]


def open_index(path: Path, *, dimension: int = DIMENSION) -> EdgeIndex:
    return EdgeIndex(
        path,
        dimension=dimension,
        token_dimension=TOKEN_DIMENSION,
        settings=EdgeIndexSettings(),
    )


class TestEdgeIndex(VectorIndexContract):
    def open(self, path: Path) -> VectorIndex:
        return open_index(path)


def test_folder_is_opened_by_one_at_a_time(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    index.upsert([point()])
    with pytest.raises(IndexDamaged, match="other process") as caught:
        open_index(tmp_path / "index")
    assert caught.value.operator_detail
    assert index.count() == 1
    index.close()
    again = open_index(tmp_path / "index")
    assert again.count() == 1
    again.close()


def test_index_whose_making_was_interrupted_is_whole_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    qe.EdgeShard.create(str(tmp_path / "index"), shard_config(DIMENSION, TOKEN_DIMENSION)).close()
    index = open_index(tmp_path / "index")
    index.upsert([point("a")])
    try:
        assert index.count_by_document() == {"a": 1}
    finally:
        index.close()


def test_deleted_document_is_not_counted_with_nothing(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    index.upsert([point("kept", 0), point("gone", 0)])
    index.set_acl(DocumentId("kept"), ["everyone"])
    index.delete_document(DocumentId("gone"))
    try:
        assert index.count_by_document() == {"kept": 1}
    finally:
        index.close()


def test_closed_index_says_that_it_is_unavailable(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    index.close()
    with pytest.raises(IndexUnavailable):
        index.count()


def test_vector_of_another_dimension_is_refused(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    wrong = replace(point(), encoding=Encoding(dense=np.ones(DIMENSION + 1, dtype=np.float32)))
    with pytest.raises(IndexUnavailable):
        index.upsert([wrong])
    assert index.count() == 0
    index.close()


def test_vector_that_is_not_finite_in_a_later_batch_lets_nothing_be_written(
    tmp_path: Path,
) -> None:
    index = open_index(tmp_path / "index")
    bad = replace(
        point("bad"), encoding=Encoding(dense=np.full(DIMENSION, np.nan, dtype=np.float32))
    )
    try:
        with pytest.raises(ValueError, match="not finite"):
            index.upsert([*(point("a", n) for n in range(600)), bad])
        assert index.count() == 0
    finally:
        index.close()


def test_sparse_vector_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    bad = replace(point(), sparse=SparseVector((1,), (float("nan"),)))
    try:
        with pytest.raises(ValueError, match="not finite"):
            index.upsert([bad])
    finally:
        index.close()


def test_searches_from_several_threads_while_another_writes_are_whole(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index")
    index.upsert([point("kept", n, seed=n) for n in range(20)])

    def write() -> None:
        for number in range(20):
            index.upsert([point("passing", n, seed=n) for n in range(10)])
            index.set_acl(DocumentId("kept"), ["everyone", f"group:{number}"])
            index.delete_document(DocumentId("passing"))

    def search() -> None:
        for _ in range(40):
            hits = index.search(query())
            assert sum(hit.chunk.document_id == "kept" for hit in hits) == 20

    with ThreadPoolExecutor(max_workers=3) as pool:
        for future in [pool.submit(write), pool.submit(search), pool.submit(search)]:
            future.result()
    assert index.count() == 20
    index.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
from core.chunks import DocumentId
from tests.integration.retrieval.points import point
from tests.integration.retrieval.test_edge_index import open_index
index = open_index(Path(sys.argv[1]))
index.upsert([point(f"doc-{n}", seed=n) for n in range(300)])
index.flush()
index.set_acl(DocumentId("doc-0"), ["group:hr"])
index.delete_document(DocumentId("doc-1"))
index.flush()
index.upsert([point("unflushed", n, seed=n) for n in range(50)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_process_loses_nothing_that_it_had_flushed(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "index")],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == -signal.SIGKILL, result.stderr
    index = open_index(tmp_path / "index")
    counts = index.count_by_document()
    counts.pop(DocumentId("unflushed"), None)
    assert set(counts) == {f"doc-{n}" for n in range(300) if n != 1}
    found = {hit.chunk.document_id for hit in index.search(query(top_k=200, candidate_k=400))}
    assert "doc-0" not in found
    assert len(index.find_vectors([f"doc-{n}/0" for n in range(300)])) == 299
    index.close()
