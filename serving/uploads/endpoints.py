"""/v1/documents as a place to push to."""

from __future__ import annotations

import tempfile
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from core.identity import Caller, Right
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.services import Services
from serving.uploads.errors import InvalidUploadForm
from serving.uploads.receiving import UploadForm, body_pieces, receive_form
from serving.uploads.schemas import UploadReceipt

router = APIRouter(tags=["documents"])

_PROBLEMS = problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_PUSH_PROBLEMS = _PROBLEMS | problem_responses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_MEMORY_BYTES = 1024**2
_Acl = Annotated[
    list[str] | None,
    Query(description="Who may read it; what the source says, if left out.", max_length=1000),
]
_Path = Annotated[
    str | None, Query(description="What people filter by; the external id, if left out.")
]
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["source_id", "files"],
    "properties": {
        "source_id": {"type": "string", "description": "A source of the kind `upload`."},
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "One or many.",
        },
        "acl": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Who may read them; what the source says, if left out.",
        },
        "external_id": {
            "type": "string",
            "description": "For a single file; its name, if left out.",
        },
        "path": {
            "type": "string",
            "description": "What people filter by, for a single file; its name, if left out.",
        },
    },
}


@router.post(
    "/documents",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push documents",
    responses=_PUSH_PROBLEMS,
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
)
async def push_documents(
    request: Request, caller: CallerDep, services: ServicesDep
) -> UploadReceipt:
    """Idempotent: the same file under the same id again changes nothing."""
    caller.require(Right.MANAGE_OWN_SOURCES)
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as spool:
        form = await receive_form(request, spool, max_file_bytes=services.uploads.max_file_bytes)
        return await run_in_threadpool(_push_form, services, caller, form)


@router.put(
    "/sources/{source_id}/documents/{external_id:path}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push one document",
    responses=_PUSH_PROBLEMS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def put_document(
    source_id: str,
    external_id: str,
    request: Request,
    caller: CallerDep,
    services: ServicesDep,
    acl: _Acl = None,
    path: _Path = None,
) -> UploadReceipt:
    """The body is the file as it is, of the type that `Content-Type` says."""
    await run_in_threadpool(services.uploads.require_upload_source, caller, source_id)
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        async for piece in body_pieces(request, max_bytes=services.uploads.max_file_bytes):
            await run_in_threadpool(file.write, piece)
        return await run_in_threadpool(
            services.uploads.push,
            caller,
            source_id,
            [(external_id, request.headers.get("content-type"), file)],
            acl=acl,
            path=path,
        )


@router.delete(
    "/sources/{source_id}/documents/{external_id:path}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Take back a pushed document",
    responses=_PROBLEMS,
)
def delete_document(
    source_id: str, external_id: str, caller: CallerDep, services: ServicesDep
) -> UploadReceipt:
    """It is gone from search, texts and catalog once the run has ended."""
    return services.uploads.remove(caller, source_id, external_id)


def _push_form(services: Services, caller: Caller, form: UploadForm) -> UploadReceipt:
    """Raises InvalidUploadForm, and what `UploadService.push` raises."""
    source_id, external_id, path = (
        form.find(name) for name in ("source_id", "external_id", "path")
    )
    if not source_id or not form.files:
        raise InvalidUploadForm("Give `source_id` and at least one file as `files`.")
    is_single = len(form.files) == 1
    if not is_single and (external_id is not None or path is not None):
        raise InvalidUploadForm("Give `external_id` and `path` with a single file only.")
    return services.uploads.push(
        caller,
        source_id,
        [(external_id or file.name, file.mime, file.content) for file in form.files],
        acl=form.fields.get("acl"),
        path=path or form.files[0].name if is_single else None,
    )
