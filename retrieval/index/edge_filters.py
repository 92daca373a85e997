"""Filters in Qdrant Edge's own types. An access filter is never empty: an empty one matches all."""

from __future__ import annotations

from collections.abc import Sequence

import qdrant_edge as qe

from core.access import Principal
from core.chunks import DocumentId
from retrieval.filters import SearchFilters


def readable_filter(principal: Principal, filters: SearchFilters) -> qe.Filter:
    """Chunks that the principal may read and that meet every given condition."""
    conditions: list[qe.ConditionType] = [_match_any("acl", principal.access_tokens)]
    if filters.source_ids:
        conditions.append(_match_any("source_id", filters.source_ids))
    if filters.mimes:
        conditions.append(_match_any("mime", filters.mimes))
    if filters.path_prefix:
        conditions.append(qe.FieldCondition("path", match=qe.MatchPrefix(filters.path_prefix)))
    if filters.updated_from or filters.updated_to:
        bounds = qe.RangeDateTime(
            gte=filters.updated_from.isoformat() if filters.updated_from else None,
            lte=filters.updated_to.isoformat() if filters.updated_to else None,
        )
        conditions.append(qe.FieldCondition("updated_at", range=bounds))
    if filters.excluded_source_ids:
        return qe.Filter(
            must=conditions, must_not=[_match_any("source_id", filters.excluded_source_ids)]
        )
    return qe.Filter(must=conditions)


def document_filter(document_id: DocumentId, *, from_ordinal: int = 0) -> qe.Filter:
    """A document's chunks from this ordinal on."""
    conditions: list[qe.ConditionType] = [
        qe.FieldCondition("document_id", match=qe.MatchValue(document_id))
    ]
    if from_ordinal:
        conditions.append(qe.FieldCondition("ordinal", range=qe.RangeFloat(gte=from_ordinal)))
    return qe.Filter(must=conditions)


def hash_filter(embedding_hashes: Sequence[str]) -> qe.Filter:
    """Chunks whose embedded text has one of these hashes."""
    return qe.Filter(must=[_match_any("embedding_hash", embedding_hashes)])


def _match_any(key: str, values: Sequence[str]) -> qe.FieldCondition:
    return qe.FieldCondition(key, match=qe.MatchAny(list(values)))
