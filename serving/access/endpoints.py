"""/v1/access."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from serving.access.schemas import AccessExplanation
from serving.access.service import explain_access
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses

router = APIRouter(prefix="/access", tags=["access"])


@router.get(
    "/explain",
    summary="Explain access",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def explain(
    caller: CallerDep,
    services: ServicesDep,
    user: Annotated[str, Query(min_length=1, max_length=255)],
    document: Annotated[str, Query(min_length=1, max_length=36, description="Its id.")],
) -> AccessExplanation:
    """Says why someone can or cannot read a document. For its source's owner, and admins."""
    return explain_access(services.database, caller, user=user, document_id=document)
