"""POST /v1/check."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from serving.answer.schemas import CheckInfo
from serving.check.material import GivenPassage, Material
from serving.check.schemas import (
    CheckedCitation,
    CheckedClaimInfo,
    CheckRequest,
    CheckResponse,
    PassageToCheck,
)
from serving.check.service import CheckedSpan
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses

router = APIRouter(tags=["check"])


@router.post(
    "/check",
    summary="Check a text against passages and documents",
    responses=problem_responses(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def check(request: CheckRequest, caller: CallerDep, services: ServicesDep) -> CheckResponse:
    """Takes the text apart into claims, finds what supports each, and checks it as an answer is
    checked. For chat UIs with a model of their own. Also 404 for a document that the caller may not
    read.
    """
    checked = services.checks.check(
        caller,
        request.text,
        passages=[_given(number, each) for number, each in enumerate(request.passages, start=1)],
        document_ids=request.document_ids,
    )
    return CheckResponse(
        verdict=checked.verdict,
        claims=[_claim(each, checked.material) for each in checked.claims],
    )


def _given(number: int, passage: PassageToCheck) -> GivenPassage:
    return GivenPassage(name=passage.id or str(number), title=passage.title, text=passage.text)


def _claim(checked: CheckedSpan, material: Material) -> CheckedClaimInfo:
    citations = checked.verified.claim.citations
    cited = {material.number_of(citation.hit.chunk.document_id) for citation in citations}
    markers = set(checked.span.markers)
    return CheckedClaimInfo(
        text=checked.span.text,
        start=checked.span.start,
        end=checked.span.end,
        verdict=checked.verified.checked.verdict,
        unsupported_part=checked.verified.checked.unsupported_part,
        is_rightly_cited=cited <= markers and bool(cited) if markers else None,
        checks=[
            CheckInfo(name=outcome.name, verdict=outcome.verdict, detail=outcome.detail)
            for outcome in checked.verified.checked.outcomes
        ],
        citations=[
            CheckedCitation(
                source=material.name_of(citation.hit.chunk.document_id),
                quote=citation.quote,
                start=citation.start,
                end=citation.end,
            )
            for citation in citations
        ],
    )
