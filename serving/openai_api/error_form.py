"""Errors as OpenAI's clients read them: these endpoints' only difference from problem details."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from serving.problems import FieldProblem, Problem, problem_headers, problem_of

_CODES = {"assistant_not_found": "model_not_found", "not_authenticated": "invalid_api_key"}
_TYPES = {HTTPStatus.FORBIDDEN: "permission_error", HTTPStatus.REQUEST_TIMEOUT: "timeout_error"}


class OpenAIError(BaseModel):
    """What went wrong."""

    message: str
    type: str = Field(examples=["invalid_request_error", "permission_error", "server_error"])
    param: str | None
    code: str | None = Field(examples=["model_not_found"])


class OpenAIErrorResponse(BaseModel):
    """An error in OpenAI's form."""

    error: OpenAIError


OPENAI_ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    **{
        int(status): {"model": OpenAIErrorResponse, "description": status.phrase}
        for status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
    },
    "default": {"model": OpenAIErrorResponse, "description": "Any other error"},
}


class OpenAIRoute(APIRoute):
    """A route whose errors have OpenAI's form, with statuses that its clients know: a request that
    does not fit is 400.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001  (the request's edge, as in `problems`)
                problem = problem_of(request, error)
                return JSONResponse(
                    openai_error(problem).model_dump(mode="json"),
                    status_code=_status(problem),
                    headers=problem_headers(error),
                )

        return answered


def openai_error(problem: Problem) -> OpenAIErrorResponse:
    """The problem in OpenAI's form."""
    status = _status(problem)
    is_servers = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = "server_error" if is_servers else _TYPES.get(status, "invalid_request_error")
    return OpenAIErrorResponse(
        error=OpenAIError(
            message=_message(problem),
            type=kind,
            param=_param(problem),
            code=_CODES.get(problem.code, problem.code),
        )
    )


def _status(problem: Problem) -> HTTPStatus:
    is_unfit = problem.status == HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.BAD_REQUEST if is_unfit else HTTPStatus(problem.status)


def _message(problem: Problem) -> str:
    if problem.code == "assistant_not_found":
        name = problem.data["assistant"]
        return f"There is no model named {name!r} that you may use. GET /v1/models lists yours."
    if not problem.errors:
        return problem.detail
    # The clients show a message and nothing else.
    fields = (f"{_dotted(error)}: {error.detail}" for error in problem.errors)
    return f"The request does not fit: {'; '.join(fields)}."


def _param(problem: Problem) -> str | None:
    if problem.code == "assistant_not_found":
        return "model"
    if problem.errors:
        return _dotted(problem.errors[0]) or None
    param = problem.data.get("param")
    return str(param) if param is not None else None


def _dotted(error: FieldProblem) -> str:
    """`#/messages/0/role` as OpenAI writes it: `messages.0.role`."""
    return error.pointer.removeprefix("#/").replace("/", ".")
