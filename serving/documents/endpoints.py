"""GET /v1/documents/{id}."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from serving.dependencies import CallerDep, ServicesDep
from serving.documents.schemas import DocumentResponse
from serving.problems import problem_responses
from serving.schemas import catalog_document_info

router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id}",
    summary="Read a document's text",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_document(document_id: str, caller: CallerDep, services: ServicesDep) -> DocumentResponse:
    """The text that citations point into. Also 404 for a document that the caller may not read."""
    read = services.documents.get_document(caller, document_id)
    return DocumentResponse(
        **catalog_document_info(read.found).model_dump(),
        text=read.text,
        text_version=read.found.document.text_version or "",
    )
