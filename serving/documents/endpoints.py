"""GET /v1/documents/{id}."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from serving.dependencies import CallerDep, ServicesDep
from serving.documents.schemas import DocumentResponse
from serving.problems import problem_responses

router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id}",
    summary="Read a document's text",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_document(document_id: str, caller: CallerDep, services: ServicesDep) -> DocumentResponse:
    """The text that citations point into. Also 404 for a document that the caller may not read."""
    found = services.documents.get_document(caller, document_id)
    document = found.document
    return DocumentResponse(
        id=document.id,
        title=document.title or document.path,
        path=document.path,
        uri=document.uri,
        mime=document.mime or "application/octet-stream",
        source=found.source_name,
        updated_at=document.updated_at,
        text=found.text,
        text_version=document.text_version or "",
    )
