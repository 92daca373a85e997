"""LlamaIndex's metadata filters as the API's."""

from __future__ import annotations

from typing import Any

from llama_index.core.vector_stores import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from vouch.client.bodies import Filters

_POSSIBLE = (
    "Vouch filters by `source` and `mime` (== or in), `path_prefix` (==), and `updated_at` (>= or "
    "<=), each at most once, all of them together (and)."
)


def to_filters(wanted: MetadataFilters | None) -> Filters:
    """Raises ValueError for a filter that the API does not have: to leave it out would be to find
    what it was to keep out.
    """
    filters: Filters = {}
    if wanted is None:
        return filters
    if wanted.condition is not FilterCondition.AND:
        raise ValueError(f"These filters are combined by {wanted.condition}. {_POSSIBLE}")
    for each in wanted.filters:
        read = _read(each)
        if read.keys() & filters.keys():
            raise ValueError(f"There are two filters of one kind: {each!r}. {_POSSIBLE}")
        filters |= read
    return filters


def _read(wanted: Any) -> Filters:
    match wanted:
        case MetadataFilter(key="source", operator=FilterOperator.EQ, value=str(name)):
            return {"sources": [name]}
        # An empty list would be no condition to the API, and here it means that nothing fits.
        case MetadataFilter(key="source", operator=FilterOperator.IN, value=[_, *_] as names):
            return {"sources": [str(name) for name in names]}
        case MetadataFilter(key="mime", operator=FilterOperator.EQ, value=str(mime)):
            return {"mimes": [mime]}
        case MetadataFilter(key="mime", operator=FilterOperator.IN, value=[_, *_] as mimes):
            return {"mimes": [str(mime) for mime in mimes]}
        case MetadataFilter(key="path_prefix", operator=FilterOperator.EQ, value=str(prefix)):
            return {"path_prefix": prefix}
        case MetadataFilter(key="updated_at", operator=FilterOperator.GTE, value=str(date)):
            return {"updated_from": date}
        case MetadataFilter(key="updated_at", operator=FilterOperator.LTE, value=str(date)):
            return {"updated_to": date}
    raise ValueError(f"Vouch has no such filter: {wanted!r}. {_POSSIBLE}")
