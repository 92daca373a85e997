"""POST /v1/search."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from core.chunks import Hit, SourceId
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.schemas import earlier_questions
from serving.search.schemas import (
    PassageInfo,
    RetrieverScoreInfo,
    SearchHit,
    SearchRequest,
    SearchResponse,
)
from serving.search.service import document_info

router = APIRouter(tags=["search"])


@router.post(
    "/search",
    summary="Find passages",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE),
)
def search(request: SearchRequest, caller: CallerDep, services: ServicesDep) -> SearchResponse:
    """Hybrid search over everything that the caller may read."""
    result = services.search.search(
        caller,
        request.query,
        filters=request.filters,
        top_k=request.top_k,
        earlier_questions=earlier_questions(request.history),
        explain=request.explain,
    )
    names = services.search.source_names(result.hits)
    return SearchResponse(
        hits=[
            _to_schema(hit, rank, names, explain=request.explain)
            for rank, hit in enumerate(result.hits, start=1)
        ],
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
            heading_path=list(chunk.heading_path),
        ),
        document=document_info(hit, names),
        explain=scores if explain else None,
    )
