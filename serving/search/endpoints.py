"""POST /v1/search and /v1/search/batch."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from core.chunks import Hit, SourceId
from retrieval.pipeline import SearchResult
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.schemas import turns_of, understood_info
from serving.search.schemas import (
    BatchRequest,
    BatchResponse,
    PassageInfo,
    RetrieverScoreInfo,
    SearchHit,
    SearchRequest,
    SearchResponse,
)
from serving.search.service import WantedSearch, document_info, other_locations

router = APIRouter(tags=["search"])


@router.post(
    "/search",
    summary="Find passages",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE),
)
def search(request: SearchRequest, caller: CallerDep, services: ServicesDep) -> SearchResponse:
    """Hybrid search over everything that the caller may read."""
    result = services.search.search(caller, _wanted(request))
    names = services.search.source_names(result.hits)
    return _response(request, result, names)


@router.post(
    "/search/batch",
    summary="Find passages for many questions at once",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE),
)
def search_batch(request: BatchRequest, caller: CallerDep, services: ServicesDep) -> BatchResponse:
    """What `/v1/search` gives for each of the searches, in less time: for evaluations and the like.

    All or nothing: where one search is refused, the whole batch is, and the problem names it.
    """
    results = services.search.search_many(caller, [_wanted(each) for each in request.searches])
    names = services.search.source_names(hit for result in results for hit in result.hits)
    return BatchResponse(
        results=[
            _response(each, result, names)
            for each, result in zip(request.searches, results, strict=True)
        ]
    )


def _wanted(request: SearchRequest) -> WantedSearch:
    return WantedSearch(
        question=request.query,
        filters=request.filters,
        top_k=request.top_k,
        history=turns_of(request.history),
        understand=request.understand,
        explain=request.explain,
        distinct_documents=request.distinct_documents,
    )


def _response(
    request: SearchRequest, result: SearchResult, names: dict[SourceId, str]
) -> SearchResponse:
    return SearchResponse(
        hits=[
            _to_schema(hit, rank, names, explain=request.explain)
            for rank, hit in enumerate(result.hits, start=1)
        ],
        understood=understood_info(result.understood) if request.explain else None,
        timings_s=result.timings_s,
        degraded=list(result.degraded),
    )


def _to_schema(hit: Hit, rank: int, names: dict[SourceId, str], *, explain: bool) -> SearchHit:
    chunk = hit.chunk
    scores = {
        name: RetrieverScoreInfo(rank=score.rank, score=score.score)
        for name, score in hit.retrievers.items()
    }
    return SearchHit(
        rank=rank,
        score=hit.score,
        passage=PassageInfo(
            chunk_id=chunk.id,
            text=chunk.text,
            start=chunk.start,
            end=chunk.end,
            page=chunk.page,
            language=chunk.language,
            heading_path=list(chunk.heading_path),
        ),
        document=document_info(chunk, names),
        also_in=other_locations([hit], names),
        explain=scores if explain else None,
    )
