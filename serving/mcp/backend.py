"""What the tools work with: the HTTP API's own requests and responses, however they are carried."""

from __future__ import annotations

from typing import Protocol

from serving.answer.schemas import AnswerRequest, AnswerResponse
from serving.check.schemas import CheckRequest, CheckResponse
from serving.documents.schemas import DocumentResponse
from serving.search.schemas import SearchRequest, SearchResponse


class Backend(Protocol):
    """Serves one caller, under that caller's access. Cancelling a call stops its work."""

    async def search(self, request: SearchRequest) -> SearchResponse:
        """As POST /v1/search."""
        ...

    async def answer(self, request: AnswerRequest) -> AnswerResponse:
        """As POST /v1/answer, whole."""
        ...

    async def get_document(self, document_id: str) -> DocumentResponse:
        """As GET /v1/documents/{id}."""
        ...

    async def check(self, request: CheckRequest) -> CheckResponse:
        """As POST /v1/check."""
        ...

    def explain(self, error: Exception) -> str:
        """What the caller may be told of an error that one of these raised, as the API words it.
        What nobody expected is logged, and says nothing of its cause.
        """
        ...
