"""The tools' work done in the server's own process."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from core.identity import Caller
from serving.answer.endpoints import answer_whole
from serving.answer.schemas import AnswerRequest, AnswerResponse
from serving.check import endpoints as check
from serving.check.schemas import CheckRequest, CheckResponse
from serving.documents import endpoints as documents
from serving.documents.schemas import DocumentResponse
from serving.problems import problem_of
from serving.search import endpoints as search
from serving.search.schemas import SearchRequest, SearchResponse
from serving.services import Services


class InProcessBackend:
    """Calls what the HTTP API's endpoints are, for the caller of one request."""

    def __init__(self, services: Services, caller: Caller, *, request: Request) -> None:
        self._services = services
        self._caller = caller
        self._request = request

    async def search(self, request: SearchRequest) -> SearchResponse:
        return await run_in_threadpool(search.search, request, self._caller, self._services)

    async def answer(self, request: AnswerRequest) -> AnswerResponse:
        return await answer_whole(request, self._caller, self._services)

    async def get_document(self, document_id: str) -> DocumentResponse:
        return await run_in_threadpool(
            documents.get_document, document_id, self._caller, self._services
        )

    async def check(self, request: CheckRequest) -> CheckResponse:
        return await run_in_threadpool(check.check, request, self._caller, self._services)

    def explain(self, error: Exception) -> str:
        problem = problem_of(self._request, error)
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return problem.detail
        return f"{problem.detail} The request id is {problem.request_id}."
