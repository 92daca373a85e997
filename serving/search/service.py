"""Searching on behalf of a caller."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from core.catalog.database import Database
from core.catalog.models import Source
from core.chunks import Hit, SourceId
from core.identity import Caller, Right
from core.settings import SearchSettings
from core.visibility import hidden_source_ids
from retrieval.filters import SearchFilters
from retrieval.pipeline import Retriever, SearchResult
from serving.metrics import STAGE_DURATION
from serving.schemas import DocumentInfo, Filters


class SearchService:
    """Searches, and names the sources of what it finds."""

    def __init__(
        self, *, retriever: Retriever, database: Database, settings: SearchSettings
    ) -> None:
        self._retriever = retriever
        self._database = database
        self._settings = settings

    def search(
        self,
        caller: Caller,
        question: str,
        *,
        filters: Filters,
        top_k: int | None = None,
        earlier_questions: Sequence[str] = (),
        explain: bool = False,
    ) -> SearchResult:
        """Raises NotAllowed, QueryTooLong, IndexUnavailable."""
        caller.require(Right.SEARCH)
        result = self._retriever.search(
            question,
            principal=caller.principal,
            top_k=top_k or self._settings.top_k,
            filters=self._resolve(filters),
            earlier_questions=earlier_questions,
            explain=explain,
        )
        for stage, seconds in result.timings_s.items():
            STAGE_DURATION.labels(stage=stage).observe(seconds)
        return result

    def source_names(self, hits: Sequence[Hit]) -> dict[SourceId, str]:
        """The names of the hits' sources, by id."""
        ids = {hit.chunk.source_id for hit in hits}
        with self._database.read() as session:
            rows = session.execute(select(Source.id, Source.name).where(Source.id.in_(ids)))
            return {SourceId(row.id): row.name for row in rows}

    def _resolve(self, filters: Filters) -> SearchFilters:
        with self._database.read() as session:
            hidden = hidden_source_ids(session)
        return SearchFilters(
            source_ids=self._source_ids(filters.sources),
            excluded_source_ids=hidden,
            path_prefix=filters.path_prefix,
            mimes=tuple(filters.mimes),
            updated_from=filters.updated_from,
            updated_to=filters.updated_to,
        )

    def _source_ids(self, wanted: Sequence[str]) -> tuple[SourceId, ...]:
        if not wanted:
            return ()
        with self._database.read() as session:
            found = session.scalars(
                select(Source.id).where(or_(Source.id.in_(wanted), Source.name.in_(wanted)))
            )
            # A source that does not exist finds nothing, exactly like one that may not be read:
            # an error here would tell which of the two it is.
            return tuple(SourceId(source_id) for source_id in found) or (SourceId(""),)


def document_info(hit: Hit, source_names: dict[SourceId, str]) -> DocumentInfo:
    """The hit's document as responses show it."""
    chunk = hit.chunk
    return DocumentInfo(
        id=chunk.document_id,
        title=chunk.title,
        path=chunk.path,
        uri=chunk.uri,
        mime=chunk.mime,
        source=source_names.get(chunk.source_id, ""),
        updated_at=chunk.updated_at,
    )
