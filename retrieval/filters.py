"""What a search may be narrowed to, besides what its principal may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.chunks import SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """All given conditions must hold. An empty tuple or None places no condition.

    `path_prefix` compares characters: "handbook/" finds everything in that folder. Dates bound the
    document's `updated_at`, both ends included; a document without one matches no date bound.
    """

    source_ids: tuple[SourceId, ...] = ()
    excluded_source_ids: tuple[SourceId, ...] = ()
    path_prefix: str | None = None
    mimes: tuple[str, ...] = ()
    updated_from: datetime | None = None
    updated_to: datetime | None = None
