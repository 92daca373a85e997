"""The work of MCP's tools done by a server, over the HTTP API."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import structlog

from core.errors import VouchError
from serving.answer.schemas import AnswerRequest, AnswerResponse
from serving.check.schemas import CheckRequest, CheckResponse
from serving.documents.schemas import DocumentResponse
from serving.search.schemas import SearchRequest, SearchResponse
from vouch.client.errors import ApiProblem, body_of, no_server
from vouch.client.transport import Connection

log = structlog.get_logger(__name__)


class HTTPBackend:
    """Calls the API over one connection, several requests at once. A call that is cancelled closes
    its request, and so the server stops, too.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = httpx.AsyncClient(**connection.http_options())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def search(self, request: SearchRequest) -> SearchResponse:
        body = request.model_dump(mode="json")
        return SearchResponse.model_validate(await self._call("POST", "/v1/search", body))

    async def answer(self, request: AnswerRequest) -> AnswerResponse:
        body = request.model_dump(mode="json")
        return AnswerResponse.model_validate(await self._call("POST", "/v1/answer", body))

    async def get_document(self, document_id: str) -> DocumentResponse:
        # A dot is quoted, too: `..` would be read as a way to another resource.
        name = quote(document_id, safe="").replace(".", "%2E")
        return DocumentResponse.model_validate(await self._call("GET", f"/v1/documents/{name}"))

    async def check(self, request: CheckRequest) -> CheckResponse:
        body = request.model_dump(mode="json")
        return CheckResponse.model_validate(await self._call("POST", "/v1/check", body))

    def explain(self, error: Exception) -> str:
        match error:
            case ApiProblem(problem={"code": "internal_error", "request_id": request_id}):
                return f"{error.detail} The request id is {request_id}."
            case VouchError():
                return error.detail
        log.error("unexpected_error", exc_info=error)
        return "Vouch failed in an unexpected way. The log of `vouch mcp` says more."

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            response = await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise no_server(self._connection.url, error) from error
        return body_of(response)
