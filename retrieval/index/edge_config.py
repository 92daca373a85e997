"""How the embedded index's shard is laid out: its vectors and its payload indexes."""

from __future__ import annotations

import qdrant_edge as qe

PAYLOAD_INDEXES: dict[str, qe.PayloadSchemaType | qe.KeywordIndexParams] = {
    "acl": qe.PayloadSchemaType.Keyword,
    "source_id": qe.PayloadSchemaType.Keyword,
    "document_id": qe.PayloadSchemaType.Keyword,
    "embedding_hash": qe.PayloadSchemaType.Keyword,
    "mime": qe.PayloadSchemaType.Keyword,
    "path": qe.KeywordIndexParams(prefix=True),
    "updated_at": qe.PayloadSchemaType.Datetime,
}


def shard_config(dimension: int, token_dimension: int | None) -> qe.EdgeConfig:
    """Without a `token_dimension` chunks have no token vectors."""
    vectors = {"dense": qe.EdgeVectorParams(size=dimension, distance=qe.Distance.Cosine)}
    if token_dimension is not None:
        vectors["tokens"] = qe.EdgeVectorParams(
            size=token_dimension,
            distance=qe.Distance.Dot,
            multivector_config=qe.MultiVectorConfig(qe.MultiVectorComparator.MaxSim),
            # Turbo8 is half as large, and many times slower to score once it was optimised.
            datatype=qe.VectorStorageDatatype.Float16,
            # They are only ever scored for chunks that another retriever named: no graph is needed.
            hnsw_config=qe.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000),
            on_disk=True,
        )
    return qe.EdgeConfig(
        vectors=vectors,
        sparse_vectors={"bm25": qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf)},
    )
