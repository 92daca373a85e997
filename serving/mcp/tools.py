"""The tools: names, descriptions, schemas, and what each does. Every transport offers these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, ValidationError

from serving.answer.schemas import AnswerRequest
from serving.check.schemas import CheckRequest, CheckResponse
from serving.mcp.backend import Backend
from serving.mcp.errors import InvalidArguments
from serving.mcp.schemas import (
    AnswerArguments,
    AnswerResult,
    DocumentArguments,
    DocumentResult,
    SearchArguments,
    SearchResult,
)
from serving.mcp.texts import answer_text, check_text, document_text, search_text
from serving.search.schemas import SearchRequest

_Arguments = TypeVar("_Arguments", bound=BaseModel)
_Result = TypeVar("_Result", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class ToolDefinition(Generic[_Arguments, _Result]):
    """One tool. `text` is its result as a model, or a person, reads it."""

    name: str
    title: str
    description: str
    arguments: type[_Arguments]
    result: type[_Result]
    call: Callable[[Backend, _Arguments], Awaitable[_Result]]
    text: Callable[[_Result], str]

    @cached_property
    def advertised(self) -> Tool:
        """The tool as clients are told of it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=self.result.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    async def run(self, backend: Backend, given: Mapping[str, Any]) -> CallToolResult:
        """Raises InvalidArguments, and what the backend raises."""
        result = await self.call(backend, self._read(given))
        return CallToolResult(
            content=[TextContent(text=self.text(result))],
            structured_content=result.model_dump(mode="json"),
        )

    def _read(self, given: Mapping[str, Any]) -> _Arguments:
        try:
            return self.arguments.model_validate(given)
        except ValidationError as error:
            # Never the input itself: it may hold what must not be logged.
            fields = (
                f"#/{'/'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in error.errors(include_input=False, include_url=False)
            )
            raise InvalidArguments(
                f"The arguments do not fit the schema of {self.name!r}. {' '.join(fields)}"
            ) from error


async def _search(backend: Backend, arguments: SearchArguments) -> SearchResult:
    found = await backend.search(
        SearchRequest(query=arguments.query, top_k=arguments.top_k, filters=arguments.filters)
    )
    return SearchResult.model_validate(found.model_dump())


async def _answer(backend: Backend, arguments: AnswerArguments) -> AnswerResult:
    answered = await backend.answer(
        AnswerRequest(
            question=arguments.question,
            history=arguments.history,
            assistant=arguments.assistant,
            unsupported=arguments.unsupported,
        )
    )
    return AnswerResult.model_validate(answered.model_dump())


async def _get_document(backend: Backend, arguments: DocumentArguments) -> DocumentResult:
    document = await backend.get_document(arguments.document_id)
    return DocumentResult.of(document, offset=arguments.offset, limit=arguments.limit)


async def _check(backend: Backend, arguments: CheckRequest) -> CheckResponse:
    return await backend.check(arguments)


TOOLS: dict[str, ToolDefinition[Any, Any]] = {
    tool.name: tool
    for tool in (
        ToolDefinition(
            name="answer",
            title="Answer a question",
            description="Answers a question from the organisation's documents that the user may "
            "read. Each sentence cites a verbatim quote and has been checked against it: its "
            "verdict is `supported`, `partial`, `contradicted`, `unsupported` or `unchecked`. "
            "Where the documents do not answer, it abstains and names the nearest ones, or asks "
            "back. Use this for a question of fact; use `search` to look around.",
            arguments=AnswerArguments,
            result=AnswerResult,
            call=_answer,
            text=answer_text,
        ),
        ToolDefinition(
            name="search",
            title="Search passages",
            description="Finds passages of the organisation's documents that the user may read, "
            "by meaning and by words, best first. Each comes with its document's id, for "
            "`get_document`, and its place in the text.",
            arguments=SearchArguments,
            result=SearchResult,
            call=_search,
            text=search_text,
        ),
        ToolDefinition(
            name="get_document",
            title="Read a document",
            description="Reads the text of one document, by the id that `search` and `answer` "
            "give. A long text comes in parts: call again with `offset` set to `next_offset`.",
            arguments=DocumentArguments,
            result=DocumentResult,
            call=_get_document,
            text=document_text,
        ),
        ToolDefinition(
            name="check",
            title="Check a text",
            description="Checks any text, such as a draft of your own, against passages and "
            "documents: each sentence gets a verdict, and the quote that supports it or comes "
            "nearest. Give `passages`, `document_ids`, or both.",
            arguments=CheckRequest,
            result=CheckResponse,
            call=_check,
            text=check_text,
        ),
    )
}
