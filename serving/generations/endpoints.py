"""/v1/generation."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from core.catalog.models import Generation
from core.generations import approve_reranker, get_active_generation
from retrieval.rerankers.choice import require_installed
from serving.dependencies import AdminDep, ServicesDep
from serving.generations.schemas import GenerationInfo, RerankerApproval
from serving.problems import problem_responses
from serving.services import Services

router = APIRouter(tags=["generation"])

_RESPONSES = problem_responses(HTTPStatus.FORBIDDEN)


@router.get("/generation", summary="Show the generation that is served", responses=_RESPONSES)
def show(admin: AdminDep, services: ServicesDep) -> GenerationInfo:
    """The model and the chunker of the index, and the reranker over it."""
    return _to_schema(get_active_generation(services.database), services)


@router.put("/generation/reranker", summary="Approve a reranker", responses=_RESPONSES)
def approve(request: RerankerApproval, admin: AdminDep, services: ServicesDep) -> GenerationInfo:
    """With the provider `auto` it serves from the next start on."""
    if request.reranker is not None:
        require_installed(request.reranker)
    approved = approve_reranker(
        services.database,
        reranker=request.reranker,
        actor=admin.principal.user,
        run=request.run,
    )
    return _to_schema(approved, services)


def _to_schema(generation: Generation, services: Services) -> GenerationInfo:
    return GenerationInfo(
        id=generation.id,
        embedder=generation.embedder,
        chunker=generation.chunker,
        created_at=generation.created_at,
        approved_reranker=generation.reranker,
        reranker=services.reranker,
    )
