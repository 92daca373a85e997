"""POST /v1/answer."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body

from core.chunks import DocumentId, Hit, SourceId
from serving.answer.examples import ANSWER_REQUESTS, ANSWER_RESPONSES
from serving.answer.schemas import (
    AnswerRequest,
    AnswerResponse,
    CheckInfo,
    CitationInfo,
    ClaimInfo,
    ConflictInfo,
    Searched,
    SourceUsed,
    Usage,
)
from serving.answer.service import Answer
from serving.answering.conflicts import Conflict
from serving.answering.contract import Citation, VerifiedClaim
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.schemas import turns_of, understood_info
from serving.search.service import document_info, other_locations

router = APIRouter(tags=["answer"])

_ABSTENTION = (
    "I found no passage that answers this among the documents that you may read. "
    "`searched` names the nearest ones."
)
_NEAREST = 3

_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE),
    200: {"content": {"application/json": {"examples": ANSWER_RESPONSES}}},
}


@router.post("/answer", summary="Answer a question", responses=_RESPONSES)
def answer(
    request: Annotated[AnswerRequest, Body(openapi_examples=ANSWER_REQUESTS)],
    caller: CallerDep,
    services: ServicesDep,
) -> AnswerResponse:
    """An answer in which every sentence cites a passage and has been checked against it."""
    found = services.answer.answer(
        caller,
        request.question,
        history=turns_of(request.history),
        understand=request.understand,
        filters=request.filters,
    )
    return _to_schema(found, services.search.source_names(found.result.hits))


def _to_schema(answer: Answer, names: dict[SourceId, str]) -> AnswerResponse:
    markers = _number_documents(answer.claims)
    claims = [_claim_info(claim, markers) for claim in answer.claims]
    return AnswerResponse(
        id=answer.id,
        status=answer.status,
        answer=_text_with_markers(claims) if claims else _ABSTENTION,
        claims=claims,
        sources=_sources(answer.claims, markers, names),
        conflicts=[_conflict_info(conflict, answer.claims, names) for conflict in answer.conflicts],
        confidence=round(answer.confidence, 4),
        searched=Searched(
            question=answer.result.question,
            understood=understood_info(answer.result.understood),
            passages=len(answer.result.hits),
            nearest=[document_info(hit.chunk, names) for hit in _nearest(answer.result.hits)],
        ),
        usage=Usage(model=answer.model, prompt_tokens=0, completion_tokens=0),
        timings_s=answer.timings_s,
        degraded=list(answer.result.degraded),
    )


def _number_documents(claims: tuple[VerifiedClaim, ...]) -> dict[DocumentId, int]:
    """One number a document, from 1, in the order that the answer cites them."""
    numbers: dict[DocumentId, int] = {}
    for verified in claims:
        for citation in verified.claim.citations:
            numbers.setdefault(citation.hit.chunk.document_id, len(numbers) + 1)
    return numbers


def _claim_info(verified: VerifiedClaim, markers: dict[DocumentId, int]) -> ClaimInfo:
    return ClaimInfo(
        text=verified.claim.text,
        verdict=verified.checked.verdict,
        checks=[
            CheckInfo(name=outcome.name, verdict=outcome.verdict, detail=outcome.detail)
            for outcome in verified.checked.outcomes
        ],
        citations=[_citation_info(citation, markers) for citation in verified.claim.citations],
    )


def _citation_info(citation: Citation, markers: dict[DocumentId, int]) -> CitationInfo:
    chunk = citation.hit.chunk
    return CitationInfo(
        marker=markers[chunk.document_id],
        document_id=chunk.document_id,
        chunk_id=chunk.id,
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        page=chunk.page,
        heading_path=list(chunk.heading_path),
    )


def _conflict_info(
    conflict: Conflict, claims: tuple[VerifiedClaim, ...], names: dict[SourceId, str]
) -> ConflictInfo:
    citation = conflict.citation
    cited = claims[conflict.claim].claim.citations[0].hit.chunk
    return ConflictInfo(
        claim=conflict.claim,
        document=document_info(citation.hit.chunk, names),
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        page=citation.hit.chunk.page,
        differs_in=list(conflict.differs_in),
        is_newer=conflict.is_newer_than(cited),
    )


def _text_with_markers(claims: list[ClaimInfo]) -> str:
    return "\n".join(
        f"{claim.text} {''.join(f'[{marker}]' for marker in _markers(claim))}" for claim in claims
    )


def _markers(claim: ClaimInfo) -> list[int]:
    return sorted({citation.marker for citation in claim.citations})


def _sources(
    claims: tuple[VerifiedClaim, ...],
    markers: dict[DocumentId, int],
    names: dict[SourceId, str],
) -> list[SourceUsed]:
    cited: dict[DocumentId, list[Hit]] = defaultdict(list)
    for verified in claims:
        for citation in verified.claim.citations:
            cited[citation.hit.chunk.document_id].append(citation.hit)
    return [
        SourceUsed(
            marker=marker,
            document=document_info(cited[document_id][0].chunk, names),
            also_in=other_locations(cited[document_id], names),
        )
        for document_id, marker in markers.items()
    ]


def _nearest(hits: list[Hit]) -> list[Hit]:
    """The best hit of each of the closest documents."""
    best: dict[DocumentId, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
    return list(best.values())[:_NEAREST]
