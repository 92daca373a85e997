"""Every error as RFC 9457 problem details. The one place that knows which class is which status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.contract import SourceMisconfigured
from connectors.registry import MissingExtra, UnknownConnectorKind
from core.access import InvalidAccessToken
from core.answers import AnswerNotFound
from core.assistants import (
    AssistantIsBuiltIn,
    AssistantNameTaken,
    AssistantNotFound,
    UnknownSource,
)
from core.errors import (
    ConfigurationError,
    PermanentError,
    RequestError,
    TransientError,
    VouchError,
)
from core.feedback import CaseWithoutGold, FeedbackDocumentUnknown
from core.identity import ApiKeyNotFound, NotAllowed, NotAuthenticated
from core.runs import (
    NothingToApprove,
    RunEnded,
    RunInProgress,
    RunNotFound,
    SourceBeingRemoved,
)
from core.schedules import InvalidSchedule
from core.sources import SourceNameTaken, SourceNotFound
from retrieval.pipeline import QueryTooLong
from retrieval.rerankers.contract import UnknownReranker
from serving.answer.errors import AnswerUnsupported
from serving.answering.cancellation import AnswerCancelled
from serving.check.service import TooMuchToCheck
from serving.documents.service import DocumentNotFound
from serving.mcp.errors import InvalidArguments, OriginNotAllowed
from serving.openai_api.errors import InvalidConversation, UnsupportedParameter
from serving.search.service import BatchTooLarge
from serving.uploads.errors import (
    InvalidExternalId,
    InvalidUploadForm,
    NotAnUploadSource,
    PushedDocumentNotFound,
    UploadIncomplete,
    UploadTooLarge,
)

log = structlog.get_logger(__name__)

_TYPE_BASE = "https://docs.vouch.test/problems/"
_MEDIA_TYPE = "application/problem+json"

# The nearest class in an error's ancestry decides.
STATUS_BY_ERROR: dict[type[VouchError], HTTPStatus] = {
    UploadIncomplete: HTTPStatus.REQUEST_TIMEOUT,
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    OriginNotAllowed: HTTPStatus.FORBIDDEN,
    AnswerCancelled: HTTPStatus.REQUEST_TIMEOUT,
    AnswerNotFound: HTTPStatus.NOT_FOUND,
    AssistantIsBuiltIn: HTTPStatus.CONFLICT,
    AssistantNameTaken: HTTPStatus.CONFLICT,
    AssistantNotFound: HTTPStatus.NOT_FOUND,
    AnswerUnsupported: HTTPStatus.UNPROCESSABLE_ENTITY,
    ApiKeyNotFound: HTTPStatus.NOT_FOUND,
    DocumentNotFound: HTTPStatus.NOT_FOUND,
    PushedDocumentNotFound: HTTPStatus.NOT_FOUND,
    RunNotFound: HTTPStatus.NOT_FOUND,
    SourceNotFound: HTTPStatus.NOT_FOUND,
    NotAnUploadSource: HTTPStatus.CONFLICT,
    NothingToApprove: HTTPStatus.CONFLICT,
    RunEnded: HTTPStatus.CONFLICT,
    RunInProgress: HTTPStatus.CONFLICT,
    SourceBeingRemoved: HTTPStatus.CONFLICT,
    SourceNameTaken: HTTPStatus.CONFLICT,
    BatchTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
    CaseWithoutGold: HTTPStatus.UNPROCESSABLE_ENTITY,
    FeedbackDocumentUnknown: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidAccessToken: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidArguments: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidConversation: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidExternalId: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidSchedule: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidUploadForm: HTTPStatus.UNPROCESSABLE_ENTITY,
    MissingExtra: HTTPStatus.UNPROCESSABLE_ENTITY,
    QueryTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    SourceMisconfigured: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMuchToCheck: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownConnectorKind: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownReranker: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownSource: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnsupportedParameter: HTTPStatus.UNPROCESSABLE_ENTITY,
    UploadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    RequestError: HTTPStatus.BAD_REQUEST,
    ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    PermanentError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    pointer: str = Field(examples=["#/query"])
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable `code` and the request's id."""

    type: str = Field(examples=[f"{_TYPE_BASE}query_too_long"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []
    data: dict[str, Any] = {}


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint that can fail in these ways, besides 401 and 422."""
    documented = {HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, *statuses}
    return {
        int(status): {
            "model": Problem,
            "description": status.phrase,
        }
        for status in sorted(documented)
    }


def move_problems_to_their_media_type(schema: dict[str, Any]) -> dict[str, Any]:
    """FastAPI documents every model as JSON; errors are `application/problem+json`."""
    reference = {"$ref": "#/components/schemas/Problem"}
    for operations in schema["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if content.get("application/json", {}).get("schema") == reference:
                    response["content"] = {_MEDIA_TYPE: {"schema": reference}}
    return schema


def status_of(error: VouchError) -> HTTPStatus:
    """The status of the nearest mapped class in the error's ancestry."""
    return next(STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR)


def install_problem_handlers(app: FastAPI) -> None:
    """Turn every error that leaves an endpoint into problem details."""
    for kind in (VouchError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _on_error)
    app.add_middleware(_BugMiddleware)


class _BugMiddleware:
    """Answers for what nobody expected.

    Not an exception handler: Starlette runs the one for `Exception` outside every middleware,
    where the request's id is not known any more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_noting_start(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            await _respond(problem_of(Request(scope), error))(scope, receive, send)


def problem_of(request: Request, error: Exception) -> Problem:
    """The problem that an error is to the client, logged where an operator has to know."""
    match error:
        case VouchError():
            return _of_vouch_error(request, error)
        case RequestValidationError():
            return _of_invalid_request(request, error)
        case HTTPException():
            return _of_http_exception(request, error)
    log.error("unexpected_error", exc_info=error)
    return _problem(
        request,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        title="Internal error",
        detail="Vouch failed in an unexpected way. Tell the operator the request id.",
    )


def problem_headers(error: Exception) -> dict[str, str]:
    """What the response's headers say of the error besides."""
    match error:
        case TransientError(retry_after_s=float() | int() as seconds):
            return {"Retry-After": str(max(1, round(seconds)))}
        case VouchError() if status_of(error) == HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": "Bearer"}
        case HTTPException():
            return dict(error.headers or {})
    return {}


def _of_vouch_error(request: Request, error: VouchError) -> Problem:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", code=error.code, operator_detail=error.operator_detail)
    return _problem(
        request,
        status=status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        data=error.data,
    )


def _of_invalid_request(request: Request, error: RequestValidationError) -> Problem:
    # Never the input itself: it may hold what must not be logged or echoed.
    problems = [
        FieldProblem(
            pointer="#/" + "/".join(str(part) for part in item["loc"][1:]), detail=item["msg"]
        )
        for item in error.errors()
    ]
    return _problem(
        request,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        title="Invalid request",
        detail="The request does not fit its schema; `errors` names each field.",
        errors=problems,
    )


def _of_http_exception(request: Request, error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    return _problem(
        request,
        status=status,
        code=status.name.lower(),
        title=status.phrase,
        detail=f"{status.description or status.phrase}. See /docs for what this API offers.",
    )


def _on_error(request: Request, error: Exception) -> JSONResponse:
    return _respond(problem_of(request, error), headers=problem_headers(error))


def _problem(
    request: Request,
    *,
    status: HTTPStatus,
    code: str,
    title: str,
    detail: str,
    errors: list[FieldProblem] | None = None,
    data: dict[str, Any] | None = None,
) -> Problem:
    return Problem(
        type=_TYPE_BASE + code,
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        request_id=getattr(request.state, "request_id", ""),
        errors=errors or [],
        data=data or {},
    )


def _respond(problem: Problem, *, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=problem.status,
        media_type=_MEDIA_TYPE,
        headers=headers,
    )
