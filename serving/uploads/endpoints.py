"""/v1/documents as a place to push to."""

from __future__ import annotations

import tempfile
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.concurrency import run_in_threadpool

from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.uploads.schemas import UploadReceipt

router = APIRouter(tags=["documents"])

_PROBLEMS = problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_MEMORY_BYTES = 1024**2
_Acl = Annotated[
    list[str] | None,
    Query(description="Who may read it; what the source says, if left out.", max_length=1000),
]


@router.post(
    "/documents", status_code=HTTPStatus.ACCEPTED, summary="Push documents", responses=_PROBLEMS
)
def push_documents(
    caller: CallerDep,
    services: ServicesDep,
    source_id: Annotated[str, Form(description="A source of the kind `upload`.")],
    files: Annotated[list[UploadFile], File(description="One or many.")],
    acl: Annotated[list[str] | None, Form(max_length=1000)] = None,
    external_id: Annotated[
        str | None, Form(description="For a single file; its name, if left out.")
    ] = None,
) -> UploadReceipt:
    """Idempotent: the same file under the same id again changes nothing."""
    named = [
        (external_id if external_id and len(files) == 1 else file.filename or "", file)
        for file in files
    ]
    return services.uploads.push(
        caller,
        source_id,
        [(name, file.content_type, file.file) for name, file in named],
        acl=acl,
        path=files[0].filename if len(files) == 1 else None,
    )


@router.put(
    "/sources/{source_id}/documents/{external_id:path}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push one document",
    responses=_PROBLEMS,
)
async def put_document(
    source_id: str,
    external_id: str,
    request: Request,
    caller: CallerDep,
    services: ServicesDep,
    acl: _Acl = None,
) -> UploadReceipt:
    """The body is the file as it is, of the type that `Content-Type` says."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        # One byte too many is kept, by which the service sees that it is too large.
        async for piece in request.stream():
            if file.tell() > services.uploads.max_file_bytes:
                break
            await run_in_threadpool(file.write, piece)
        file.seek(0)
        mime = request.headers.get("content-type", "").partition(";")[0].strip() or None
        return await run_in_threadpool(
            services.uploads.push,
            caller,
            source_id,
            [(external_id, mime, file)],
            acl=acl,
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
