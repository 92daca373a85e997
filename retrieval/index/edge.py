"""The embedded index: Qdrant Edge, the server's engine inside this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as qe

from core.access import Principal
from core.chunks import Chunk, ChunkId, DocumentId, Hit, RetrieverScore
from core.settings import EdgeIndexSettings
from retrieval.embedders.vectors import Encoding
from retrieval.filters import SearchFilters
from retrieval.fusion import fuse_scores
from retrieval.index.contract import (
    DISTINCT_DEPTH,
    IndexDamaged,
    IndexPoint,
    IndexQuery,
    IndexUnavailable,
    RetrieverName,
)
from retrieval.index.edge_config import PAYLOAD_INDEXES, shard_config
from retrieval.index.edge_filters import document_filter, hash_filter, readable_filter
from retrieval.index.payload import from_payload, time_to_payload, to_payload

_UPSERT_BATCH = 256
# The engine's scores differ in the last bits from run to run, and it orders ties at random.
_SCORE_DIGITS = 7
_SCROLL_PAGE = 1000

_Scores = dict[RetrieverName, dict[ChunkId, float]]
_Ranking = list[tuple[ChunkId, float]]


class EdgeIndex:
    """One shard in a folder, opened by one process at a time.

    Never fork after opening one: a query in the child hangs. The write-ahead log stays on, because
    it is also the lock that keeps a second process out.
    """

    def __init__(
        self,
        path: Path,
        *,
        dimension: int,
        settings: EdgeIndexSettings,
        token_dimension: int | None = None,
    ) -> None:
        self._search_params = qe.SearchParams(hnsw_ef=settings.search_ef)
        try:
            self._shard = _open(path, shard_config(dimension, token_dimension))
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

    def find_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, Encoding]:
        if not embedding_hashes:
            return {}
        found: dict[str, Encoding] = {}
        offset: qe.PointId | None = None
        while True:
            with _translated_errors():
                records, offset = self._shard.scroll(
                    qe.ScrollRequest(
                        limit=_SCROLL_PAGE,
                        offset=offset,
                        filter=hash_filter(embedding_hashes),
                        with_payload=["embedding_hash"],
                        with_vector=["dense", "tokens"],
                    )
                )
            for record in records:
                if record.payload is not None and isinstance(record.vector, dict):
                    found.setdefault(record.payload["embedding_hash"], _to_encoding(record.vector))
            if offset is None or len(found) == len(embedding_hashes):
                return found

    def search(self, query: IndexQuery) -> list[Hit]:
        ranked, scores = self._ranked(query, count=query.top_k)
        if query.distinct_documents:
            best = self._best_of_documents(ranked)
            if len(best) < query.top_k and len(ranked) < DISTINCT_DEPTH:
                ranked, scores = self._ranked(query, count=DISTINCT_DEPTH)
                best = self._best_of_documents(ranked)
            ranked = best
        ranked = ranked[: query.top_k]
        if not ranked:
            return []
        with _translated_errors():
            records = self._shard.retrieve([id_ for id_, _ in ranked], True, False)
        payloads = {str(record.id): record.payload for record in records}
        explanations = _explain(scores) if query.explain else {}
        return [
            Hit(
                chunk=from_payload(chunk_id, payload),
                score=score,
                retrievers=explanations.get(chunk_id, {}),
            )
            for chunk_id, score in ranked
            # A chunk deleted since it was ranked has no payload any more.
            if (payload := payloads.get(chunk_id)) is not None
        ]

    def find_chunks(
        self, ids: Sequence[ChunkId], *, principal: Principal, filters: SearchFilters
    ) -> dict[ChunkId, Chunk]:
        if not ids:
            return {}
        readable = readable_filter(principal, filters)
        with _translated_errors():
            records, _ = self._shard.scroll(
                qe.ScrollRequest(
                    limit=len(ids),
                    filter=qe.Filter(must=[readable, qe.HasIdCondition(set(ids))]),
                    with_payload=True,
                    with_vector=False,
                )
            )
        chunks = (
            from_payload(str(record.id), record.payload)
            for record in records
            if record.payload is not None
        )
        return {chunk.id: chunk for chunk in chunks}

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

    def _ranked(self, query: IndexQuery, *, count: int) -> tuple[_Ranking, _Scores]:
        """All candidates, best first, and more below them where they are fewer than `count`; with
        each retriever's scores.
        """
        scores = self._scores(query, limit=query.candidate_k)
        ranked = _fused(scores, query)
        if len(ranked) < count and query.candidate_k < count:
            # Beyond the candidates, and below them: what is asked for never changes their order.
            scores = self._scores(query, limit=count)
            ranked += _below(ranked, _fused(scores, query))
        return ranked, scores

    def _best_of_documents(self, ranked: _Ranking) -> _Ranking:
        """The first chunk of each document, in the same order."""
        with _translated_errors():
            records = self._shard.retrieve([id_ for id_, _ in ranked], ["document_id"], False)
        documents = {
            str(record.id): record.payload["document_id"]
            for record in records
            if record.payload is not None
        }
        best: dict[str, tuple[ChunkId, float]] = {}
        for chunk_id, score in ranked:
            if (document_id := documents.get(chunk_id)) is not None:
                best.setdefault(document_id, (chunk_id, score))
        return list(best.values())

    def _set_payload(self, document_id: DocumentId, fields: dict[str, Any]) -> None:
        with _translated_errors():
            self._shard.update(
                qe.UpdateOperation.set_payload_by_filter(document_filter(document_id), fields)
            )

    def _scores(self, query: IndexQuery, *, limit: int) -> _Scores:
        """Each retriever's scores, best first, of every chunk that one of them puts among its first
        `limit`; one that it gives no score to is left out. The access filter is in each request.
        """
        readable = readable_filter(query.principal, query.filters)
        vectors = _query_vectors(query)
        scores: _Scores = {
            name: self._query(vector, readable, limit=limit)
            for name, vector in vectors.items()
            if name != "tokens"
        }
        candidates = {chunk for named in scores.values() for chunk in named}
        for name, vector in vectors.items():
            # The others' candidates too: a guess in place of their score cost 3 questions of 88.
            missing = candidates - scores.get(name, {}).keys()
            if missing:
                of_missing = qe.Filter(must=[readable, qe.HasIdCondition(set(missing))])
                found = self._query(vector, of_missing, limit=len(missing))
                scores[name] = _best_first({**scores.get(name, {}), **found})
        return scores

    def _query(self, query: qe.Query, filter_: qe.Filter, *, limit: int) -> dict[ChunkId, float]:
        request = qe.QueryRequest(
            limit=limit,
            query=query,
            filter=filter_,
            params=self._search_params,
            with_payload=False,
        )
        with _translated_errors():
            points = self._shard.query(request)
        return _best_first({ChunkId(str(p.id)): round(p.score, _SCORE_DIGITS) for p in points})


def _open(path: Path, config: qe.EdgeConfig) -> qe.EdgeShard:
    if path.exists() and any(path.iterdir()):
        shard = qe.EdgeShard.load(str(path), config)
    else:
        path.mkdir(parents=True, exist_ok=True)
        shard = qe.EdgeShard.create(str(path), config)
    # After loading, too: the process that made the folder may have died before it made them all.
    missing = PAYLOAD_INDEXES.keys() - shard.info().payload_schema.keys()
    for field in sorted(missing):
        shard.update(qe.UpdateOperation.create_field_index(field, PAYLOAD_INDEXES[field]))
    if missing:
        shard.flush()
    return shard


def _require_finite(point: IndexPoint) -> None:
    tokens = point.encoding.tokens
    if not (
        np.isfinite(point.encoding.dense).all()
        and np.isfinite(point.sparse.values).all()
        and (tokens is None or np.isfinite(tokens).all())
    ):
        raise ValueError(f"a vector of chunk {point.chunk.id} is not finite")


def _to_point(point: IndexPoint) -> qe.Point:
    vector: dict[str, qe.NamedVector] = {"dense": point.encoding.dense.tolist()}
    if point.encoding.tokens is not None:
        vector["tokens"] = point.encoding.tokens.tolist()
    if point.sparse.indices:
        vector["bm25"] = qe.SparseVector(list(point.sparse.indices), list(point.sparse.values))
    return qe.Point(
        point.chunk.id, vector, to_payload(point.chunk, embedding_hash=point.embedding_hash)
    )


def _to_encoding(vector: dict[str, Any]) -> Encoding:
    tokens = vector.get("tokens")
    return Encoding(
        dense=np.asarray(vector["dense"], dtype=np.float32),
        tokens=None if tokens is None else np.asarray(tokens, dtype=np.float32),
    )


def _query_vectors(query: IndexQuery) -> dict[RetrieverName, qe.Query]:
    vectors: dict[RetrieverName, qe.Query] = {}
    if query.dense is not None:
        vectors["dense"] = qe.Query.Nearest(query.dense.tolist(), using="dense")
    # A question of stop words alone has an empty sparse vector, which the engine refuses.
    if query.sparse is not None and query.sparse.indices:
        sparse = qe.SparseVector(list(query.sparse.indices), list(query.sparse.values))
        vectors["sparse"] = qe.Query.Nearest(sparse, using="bm25")
    if query.tokens is not None:
        vectors["tokens"] = qe.Query.Nearest(query.tokens.tolist(), using="tokens")
    return vectors


def _best_first(scores: dict[ChunkId, float]) -> dict[ChunkId, float]:
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def _fused(scores: _Scores, query: IndexQuery) -> _Ranking:
    if len(scores) == 1:
        (alone,) = scores.values()
        return list(alone.items())
    weights: dict[RetrieverName, float] = {
        "dense": query.dense_weight,
        "sparse": query.sparse_weight,
        "tokens": query.tokens_weight,
    }
    return fuse_scores(scores, weights=weights)


def _below(ranked: _Ranking, more: _Ranking) -> _Ranking:
    """What is new in `more`, its scores lowered to no more than the last one of `ranked`."""
    known = {chunk for chunk, _ in ranked}
    new = [(chunk, score) for chunk, score in more if chunk not in known]
    if not ranked or not new:
        return new
    shift = min(0.0, ranked[-1][1] - new[0][1])
    # Rounded, because the sum may come out a last bit above the score that it is to stay below.
    return [(chunk, round(score + shift, _SCORE_DIGITS)) for chunk, score in new]


def _explain(scores: _Scores) -> dict[ChunkId, dict[str, RetrieverScore]]:
    explanations: dict[ChunkId, dict[str, RetrieverScore]] = {}
    for name, named in scores.items():
        for rank, (chunk, score) in enumerate(named.items(), start=1):
            explanations.setdefault(chunk, {})[name] = RetrieverScore(rank=rank, score=score)
    return explanations


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise IndexUnavailable(
            "The search index failed. Try again; if it goes on, tell the operator.",
            operator_detail=str(error),
        ) from error
