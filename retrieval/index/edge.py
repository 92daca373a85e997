"""The embedded index: Qdrant Edge, the server's engine inside this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import qdrant_edge as qe

from core.chunks import ChunkId, DocumentId, Hit, RetrieverScore
from core.settings import EdgeIndexSettings
from retrieval.embedders.contract import Vectors
from retrieval.index.contract import (
    IndexDamaged,
    IndexPoint,
    IndexQuery,
    IndexUnavailable,
    RetrieverName,
)
from retrieval.index.edge_filters import document_filter, hash_filter, readable_filter
from retrieval.index.payload import from_payload, time_to_payload, to_payload

_UPSERT_BATCH = 256
# RRF's scores differ in the last bits from run to run, and the engine orders ties at random.
_SCORE_DIGITS = 7
_SCROLL_PAGE = 1000

_PAYLOAD_INDEXES: dict[str, qe.PayloadSchemaType | qe.KeywordIndexParams] = {
    "acl": qe.PayloadSchemaType.Keyword,
    "source_id": qe.PayloadSchemaType.Keyword,
    "document_id": qe.PayloadSchemaType.Keyword,
    "embedding_hash": qe.PayloadSchemaType.Keyword,
    "mime": qe.PayloadSchemaType.Keyword,
    "path": qe.KeywordIndexParams(prefix=True),
    "updated_at": qe.PayloadSchemaType.Datetime,
}


class EdgeIndex:
    """One shard in a folder, opened by one process at a time.

    Never fork after opening one: a query in the child hangs. The write-ahead log stays on, because
    it is also the lock that keeps a second process out.
    """

    def __init__(self, path: Path, *, dimension: int, settings: EdgeIndexSettings) -> None:
        self._search_params = qe.SearchParams(hnsw_ef=settings.search_ef)
        try:
            self._shard = _open(path, dimension)
        except BaseException as error:
            # The engine reports some faults in its files as a panic, which is a BaseException.
            if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
                raise
            raise IndexDamaged(
                f"The index in {path} cannot be opened. If no other process uses it, move the "
                "folder away and start again: the documents are then indexed anew.",
                operator_detail=str(error),
            ) from error

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        for point in points:
            _require_finite(point)
        for first in range(0, len(points), _UPSERT_BATCH):
            batch = [_to_point(point) for point in points[first : first + _UPSERT_BATCH]]
            with _translated_errors():
                self._shard.update(qe.UpdateOperation.upsert_points(batch))

    def delete_document(self, document_id: DocumentId, *, from_ordinal: int = 0) -> None:
        with _translated_errors():
            self._shard.update(
                qe.UpdateOperation.delete_points_by_filter(
                    document_filter(document_id, from_ordinal=from_ordinal)
                )
            )

    def set_acl(self, document_id: DocumentId, acl: Sequence[str]) -> None:
        self._set_payload(document_id, {"acl": list(acl)})

    def set_description(
        self, document_id: DocumentId, *, uri: str, updated_at: datetime | None
    ) -> None:
        self._set_payload(document_id, {"uri": uri, "updated_at": time_to_payload(updated_at)})

    def find_dense(self, embedding_hashes: Sequence[str]) -> dict[str, Vectors]:
        if not embedding_hashes:
            return {}
        found: dict[str, Vectors] = {}
        offset: qe.PointId | None = None
        while True:
            with _translated_errors():
                records, offset = self._shard.scroll(
                    qe.ScrollRequest(
                        limit=_SCROLL_PAGE,
                        offset=offset,
                        filter=hash_filter(embedding_hashes),
                        with_payload=["embedding_hash"],
                        with_vector=["dense"],
                    )
                )
            for record in records:
                if record.payload is not None and isinstance(record.vector, dict):
                    dense = np.asarray(record.vector["dense"], dtype=np.float32)
                    found.setdefault(record.payload["embedding_hash"], dense)
            if offset is None or len(found) == len(embedding_hashes):
                return found

    def search(self, query: IndexQuery) -> list[Hit]:
        leaves = self._leaves(query)
        if not leaves:
            return []
        with _translated_errors():
            ranked = _best_first(self._shard.query(_fused_request(query, leaves)))[: query.top_k]
            records = self._shard.retrieve([id_ for id_, _ in ranked], True, False)
        payloads = {str(record.id): record.payload for record in records}
        explanations = self._explain(leaves) if query.explain else {}
        return [
            Hit(
                chunk=from_payload(point_id, payload),
                score=score,
                retrievers=explanations.get(ChunkId(point_id), {}),
            )
            for point_id, score in ranked
            # A chunk deleted since it was ranked has no payload any more.
            if (payload := payloads.get(point_id)) is not None
        ]

    def count_by_document(self) -> dict[DocumentId, int]:
        with _translated_errors():
            response = self._shard.facet(
                qe.FacetRequest("document_id", limit=max(1, self.count()), exact=True)
            )
        # A value whose last point was deleted is still counted, at 0.
        return {DocumentId(str(hit.value)): hit.count for hit in response.hits if hit.count}

    def count(self) -> int:
        with _translated_errors():
            return self._shard.count(qe.CountRequest(exact=True))

    def flush(self) -> None:
        with _translated_errors():
            self._shard.flush()

    def optimize(self) -> None:
        with _translated_errors():
            self._shard.optimize()

    def close(self) -> None:
        with _translated_errors():
            self._shard.flush()
            self._shard.close()

    def _set_payload(self, document_id: DocumentId, fields: dict[str, Any]) -> None:
        with _translated_errors():
            self._shard.update(
                qe.UpdateOperation.set_payload_by_filter(document_filter(document_id), fields)
            )

    def _leaves(self, query: IndexQuery) -> dict[RetrieverName, qe.Prefetch]:
        """One retriever each; the access filter is inside every one of them."""
        readable = readable_filter(query.principal, query.filters)
        leaves: dict[RetrieverName, qe.Prefetch] = {}
        if query.dense is not None:
            leaves["dense"] = qe.Prefetch(
                limit=query.candidate_k,
                query=qe.Query.Nearest(query.dense.tolist(), using="dense"),
                filter=readable,
                params=self._search_params,
            )
        # A question of stop words alone has an empty sparse vector, which the engine refuses.
        if query.sparse is not None and query.sparse.indices:
            vector = qe.SparseVector(list(query.sparse.indices), list(query.sparse.values))
            leaves["sparse"] = qe.Prefetch(
                limit=query.candidate_k,
                query=qe.Query.Nearest(vector, using="bm25"),
                filter=readable,
            )
        return leaves

    def _explain(
        self, leaves: dict[RetrieverName, qe.Prefetch]
    ) -> dict[ChunkId, dict[str, RetrieverScore]]:
        explanations: dict[ChunkId, dict[str, RetrieverScore]] = {}
        for name, leaf in leaves.items():
            with _translated_errors():
                points = self._shard.query(_leaf_request(leaf, limit=leaf.limit))
            for rank, (point_id, score) in enumerate(_best_first(points), start=1):
                scores = explanations.setdefault(ChunkId(point_id), {})
                scores[name] = RetrieverScore(rank=rank, score=score)
        return explanations


def _open(path: Path, dimension: int) -> qe.EdgeShard:
    config = qe.EdgeConfig(
        vectors={"dense": qe.EdgeVectorParams(size=dimension, distance=qe.Distance.Cosine)},
        sparse_vectors={"bm25": qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf)},
    )
    if path.exists() and any(path.iterdir()):
        shard = qe.EdgeShard.load(str(path), config)
    else:
        path.mkdir(parents=True, exist_ok=True)
        shard = qe.EdgeShard.create(str(path), config)
    # After loading, too: the process that made the folder may have died before it made them all.
    missing = _PAYLOAD_INDEXES.keys() - shard.info().payload_schema.keys()
    for field in sorted(missing):
        shard.update(qe.UpdateOperation.create_field_index(field, _PAYLOAD_INDEXES[field]))
    if missing:
        shard.flush()
    return shard


def _require_finite(point: IndexPoint) -> None:
    if not (np.isfinite(point.dense).all() and np.isfinite(point.sparse.values).all()):
        raise ValueError(f"a vector of chunk {point.chunk.id} is not finite")


def _to_point(point: IndexPoint) -> qe.Point:
    vector: dict[str, qe.NamedVector] = {"dense": point.dense.tolist()}
    if point.sparse.indices:
        vector["bm25"] = qe.SparseVector(list(point.sparse.indices), list(point.sparse.values))
    return qe.Point(
        point.chunk.id, vector, to_payload(point.chunk, embedding_hash=point.embedding_hash)
    )


def _fused_request(query: IndexQuery, leaves: dict[RetrieverName, qe.Prefetch]) -> qe.QueryRequest:
    if len(leaves) == 1:
        (leaf,) = leaves.values()
        return _leaf_request(leaf, limit=max(query.top_k, query.candidate_k))
    # The stubs do not declare the variant's class to be a Fusion.
    fusion = cast(
        qe.Fusion,
        qe.Fusion.Rrf(k=query.rrf_k, weights=[query.dense_weight, query.sparse_weight]),
    )
    return qe.QueryRequest(
        # All of both lists: at a smaller limit, which of several tied chunks is cut is random.
        limit=2 * query.candidate_k,
        prefetches=list(leaves.values()),
        query=fusion,
        with_payload=False,
    )


def _leaf_request(leaf: qe.Prefetch, *, limit: int) -> qe.QueryRequest:
    return qe.QueryRequest(
        limit=limit, query=leaf.query, filter=leaf.filter, params=leaf.params, with_payload=False
    )


def _best_first(points: Sequence[qe.ScoredPoint]) -> list[tuple[str, float]]:
    scored = ((str(point.id), round(point.score, _SCORE_DIGITS)) for point in points)
    return sorted(scored, key=lambda item: (-item[1], item[0]))


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise IndexUnavailable(
            "The search index failed. Try again; if it goes on, tell the operator.",
            operator_detail=str(error),
        ) from error
