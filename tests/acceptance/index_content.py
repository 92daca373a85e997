"""What the index and the catalog of a data folder hold, told without the ids of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as qe
from sqlalchemy import select

from core.catalog.models import Document
from core.chunks import DocumentId, chunk_id
from core.settings import ServerSettings, Settings
from retrieval.index.edge import EdgeIndex
from vouch.embedded import Embedded

_OF_ONE_RUN = ("document_id", "source_id")
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPoint:
    """A point's payload without ids, and its dense vector."""

    payload: Mapping[str, Any]
    dense: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Points by path and number of the chunk; of every document its state and how often it is."""

    points: Mapping[tuple[str, int], StoredPoint]
    documents: Mapping[str, tuple[Any, ...]]


def read_stored(data_dir: Path) -> Stored:
    """Raises AssertionError where something is there twice or under another id than its own."""
    settings = Settings(data_dir=data_dir, server=ServerSettings(port=0))
    with Embedded(settings) as embedded:
        with embedded.services.database.read() as session:
            documents = {row.path: row for row in session.scalars(select(Document))}
        index = embedded.services.index
        assert isinstance(index, EdgeIndex)
        points = _read_points(index)
        assert sum(row.chunk_count for row in documents.values()) == len(points)
        for (path, ordinal), (point_id, _) in points.items():
            assert point_id == chunk_id(DocumentId(documents[path].id), ordinal)
    return Stored(
        points={key: point for key, (_, point) in points.items()},
        documents={
            path: (row.state, row.indexed_revision, row.content_hash, row.acl, row.text_version)
            for path, row in documents.items()
        },
    )


def differences(left: Stored, right: Stored) -> list[str]:
    """What one holds and the other does not. The last bits of a vector depend on the batch that
    its text was embedded in.
    """
    found = [
        f"document {path}: {left.documents.get(path)} and {right.documents.get(path)}"
        for path in sorted(left.documents.keys() | right.documents.keys())
        if left.documents.get(path) != right.documents.get(path)
    ]
    for key in sorted(left.points.keys() | right.points.keys()):
        one, other = left.points.get(key), right.points.get(key)
        if one is None or other is None or one.payload != other.payload:
            found.append(f"point {key}: {one} and {other}")
        elif not np.allclose(one.dense, other.dense, atol=1e-4):
            found.append(f"point {key}: another vector")
    return found


def _read_points(index: EdgeIndex) -> dict[tuple[str, int], tuple[str, StoredPoint]]:
    points: dict[tuple[str, int], tuple[str, StoredPoint]] = {}
    offset: qe.PointId | None = None
    while True:
        request = qe.ScrollRequest(
            limit=_PAGE, offset=offset, with_payload=True, with_vector=["dense"]
        )
        records, offset = index._shard.scroll(request)
        for record in records:
            assert record.payload is not None
            assert isinstance(record.vector, dict)
            payload = {k: v for k, v in record.payload.items() if k not in _OF_ONE_RUN}
            key = (payload["path"], payload["ordinal"])
            assert key not in points, f"{key} is there twice"
            dense = np.asarray(record.vector["dense"], dtype=np.float32)
            points[key] = (str(record.id), StoredPoint(payload=payload, dense=dense))
        if offset is None:
            return points
