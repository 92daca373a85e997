"""Searching on behalf of a caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.catalog.database import Database
from core.catalog.models import Source
from core.chunks import Chunk, DocumentId, Hit, SourceId
from core.errors import RequestError
from core.identity import Caller, Right
from core.settings import SearchSettings
from core.visibility import hidden_source_ids
from retrieval.filters import SearchFilters
from retrieval.pipeline import Retriever, Search, SearchResult
from retrieval.questions.contract import Turn
from serving.metrics import STAGE_DURATION
from serving.schemas import DocumentInfo, Filters

_NO_SOURCES = (SourceId(""),)
"""Matches no document; an empty condition would be none."""


class BatchTooLarge(RequestError):
    """A batch asks for more searches, or for more hits altogether, than the settings allow."""

    title = "Batch too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSearch:
    """A search as a caller words it; `top_k` None means the setting's number. It stays `within`
    these sources whatever the filters say; None: all.
    """

    question: str
    filters: Filters
    within: tuple[SourceId, ...] | None = None
    top_k: int | None = None
    history: Sequence[Turn] = ()
    understand: bool = True
    explain: bool = False
    distinct_documents: bool = False
    merge_neighbours: bool = False


class SearchService:
    """Searches, and names the sources of what it finds."""

    def __init__(
        self, *, retriever: Retriever, database: Database, settings: SearchSettings
    ) -> None:
        self._retriever = retriever
        self._database = database
        self._settings = settings

    def search(self, caller: Caller, wanted: WantedSearch) -> SearchResult:
        """Raises NotAllowed, QueryTooLong, IndexUnavailable."""
        (result,) = self.search_many(caller, [wanted])
        return result

    def search_many(self, caller: Caller, wanted: Sequence[WantedSearch]) -> list[SearchResult]:
        """A result for each, in order, all for the same principal and over the same sources.

        Raises NotAllowed, BatchTooLarge, QueryTooLong, IndexUnavailable.
        """
        caller.require(Right.SEARCH)
        self._require_small(wanted)
        with self._database.read() as session:
            hidden = hidden_source_ids(session)
            source_names = _visible_source_names(session, hidden=hidden)
            searches = [
                Search(
                    question=each.question,
                    top_k=each.top_k or self._settings.top_k,
                    filters=_resolve(session, each.filters, within=each.within, hidden=hidden),
                    history=each.history,
                    source_names=_within(source_names, each.within),
                    understand=each.understand,
                    explain=each.explain,
                    distinct_documents=each.distinct_documents,
                    merge_neighbours=each.merge_neighbours,
                )
                for each in wanted
            ]
        results = self._retriever.search_many(searches, principal=caller.principal)
        for result in results:
            for stage, seconds in result.timings_s.items():
                STAGE_DURATION.labels(stage=stage).observe(seconds)
        return results

    def source_names(self, hits: Iterable[Hit]) -> dict[SourceId, str]:
        """The names of the hits' sources, by id, and of their duplicates'."""
        ids = {chunk.source_id for hit in hits for chunk in (hit.chunk, *hit.duplicates)}
        with self._database.read() as session:
            rows = session.execute(select(Source.id, Source.name).where(Source.id.in_(ids)))
            return {SourceId(row.id): row.name for row in rows}

    def _require_small(self, wanted: Sequence[WantedSearch]) -> None:
        limit = self._settings.max_batch_searches
        if len(wanted) > limit:
            raise BatchTooLarge(
                f"The batch has {len(wanted)} searches; the limit is {limit}. Send it in parts.",
                limit_searches=limit,
            )
        limit = self._settings.max_batch_hits
        hits = sum(each.top_k or self._settings.top_k for each in wanted)
        if hits > limit:
            raise BatchTooLarge(
                f"The batch asks for {hits} hits altogether; the limit is {limit}. Send it in "
                "parts, or with a lower top_k.",
                limit_hits=limit,
            )


def _visible_source_names(session: Session, *, hidden: tuple[SourceId, ...]) -> dict[SourceId, str]:
    rows = session.execute(select(Source.id, Source.name).where(Source.id.not_in(hidden)))
    return {SourceId(row.id): row.name for row in rows}


def _within(
    source_names: dict[SourceId, str], within: tuple[SourceId, ...] | None
) -> dict[SourceId, str]:
    if within is None:
        return source_names
    return {source_id: name for source_id, name in source_names.items() if source_id in within}


def _resolve(
    session: Session,
    filters: Filters,
    *,
    within: tuple[SourceId, ...] | None,
    hidden: tuple[SourceId, ...],
) -> SearchFilters:
    return SearchFilters(
        source_ids=_source_ids(session, filters.sources, within=within),
        excluded_source_ids=hidden,
        path_prefix=filters.path_prefix,
        mimes=tuple(filters.mimes),
        updated_from=filters.updated_from,
        updated_to=filters.updated_to,
    )


def _source_ids(
    session: Session, wanted: Sequence[str], *, within: tuple[SourceId, ...] | None
) -> tuple[SourceId, ...]:
    if not wanted:
        return _NO_SOURCES if within == () else within or ()
    found = session.scalars(
        select(Source.id).where(or_(Source.id.in_(wanted), Source.name.in_(wanted)))
    )
    ids = tuple(SourceId(id_) for id_ in found if within is None or id_ in within)
    # A source that does not exist finds nothing, exactly like one that may not be read: an error
    # here would tell which of the two it is.
    return ids or _NO_SOURCES


def document_info(chunk: Chunk, source_names: dict[SourceId, str]) -> DocumentInfo:
    """The chunk's document as responses show it."""
    return DocumentInfo(
        id=chunk.document_id,
        title=chunk.title,
        path=chunk.path,
        uri=chunk.uri,
        mime=chunk.mime,
        source=source_names.get(chunk.source_id, ""),
        updated_at=chunk.updated_at,
    )


def other_locations(hits: Sequence[Hit], source_names: dict[SourceId, str]) -> list[DocumentInfo]:
    """The other documents that hold a passage of one document's hits, each once, best first."""
    own = {hit.chunk.document_id for hit in hits}
    others: dict[DocumentId, Chunk] = {}
    for hit in hits:
        for chunk in hit.duplicates:
            if chunk.document_id not in own:
                others.setdefault(chunk.document_id, chunk)
    return [document_info(chunk, source_names) for chunk in others.values()]
