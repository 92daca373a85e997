"""Vouch's checked answers as a LlamaIndex query engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Literal

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import (
    RESPONSE_TYPE,
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores import MetadataFilters

from vouch.client.asynchronous import AsyncVouchClient
from vouch.client.bodies import AnswerOptions
from vouch.client.llama_index.conversation import to_messages
from vouch.client.llama_index.filters import to_filters
from vouch.client.llama_index.nodes import quote_nodes
from vouch.client.llama_index.responses import StreamedAnswer, answer_metadata
from vouch.client.server_events import ServerEvent
from vouch.client.synchronous import VouchClient
from vouch.client.transport import TIMEOUT_S


class VouchQueryEngine(BaseQueryEngine):
    """Answers from what one user may read; every sentence is checked before it comes.

    The response's text has `[n]` markers; its source nodes are the quotes, and each has its marker
    in its metadata. The response's metadata is the API's answer: `id`, `claims` with verdicts and
    citations, `notices` and so on, and `abstained`. With `streaming` the sentences come as they are
    made; source nodes and metadata fill meanwhile, and are complete at the end.

    Making one opens nothing, as with `VouchRetriever`. Raises ApiProblem and NoServer when it is
    asked or, in the middle of a stream, when it is read; ValueError for filters that Vouch has not.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        act_for: str | None = None,
        assistant: str | None = None,
        unsupported: Literal["drop", "mark", "fail"] | None = None,
        filters: MetadataFilters | None = None,
        history: Sequence[ChatMessage] = (),
        streaming: bool = False,
        timeout_s: float = TIMEOUT_S,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._client = partial(
            VouchClient, url, api_key=api_key, act_for=act_for, timeout_s=timeout_s
        )
        self._async_client = partial(
            AsyncVouchClient, url, api_key=api_key, act_for=act_for, timeout_s=timeout_s
        )
        self._streaming = streaming
        self._options = AnswerOptions(
            assistant=assistant,
            unsupported=unsupported,
            filters=to_filters(filters),
            history=to_messages(history),
        )

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        if self._streaming:
            return self._stream(query_bundle.query_str)
        with self._client() as client:
            answer = client.answer(query_bundle.query_str, **self._options)
        return Response(answer["answer"], quote_nodes(answer), answer_metadata(answer))

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        if self._streaming:
            return await self._astream(query_bundle.query_str)
        async with self._async_client() as client:
            answer = await client.answer(query_bundle.query_str, **self._options)
        return Response(answer["answer"], quote_nodes(answer), answer_metadata(answer))

    def _stream(self, question: str) -> StreamingResponse:
        answer, events = StreamedAnswer(), self._events(question)
        # Waits for the first event, so that what is refused is refused here.
        answer.take(next(events))
        texts = (text for event in events if (text := answer.take(event)))
        return StreamingResponse(texts, answer.source_nodes, answer.metadata)

    async def _astream(self, question: str) -> AsyncStreamingResponse:
        answer, events = StreamedAnswer(), self._aevents(question)
        answer.take(await anext(events))
        texts = (text async for event in events if (text := answer.take(event)))
        return AsyncStreamingResponse(texts, answer.source_nodes, answer.metadata)

    def _events(self, question: str) -> Generator[ServerEvent, None, None]:
        with self._client() as client:
            yield from client.stream_answer(question, **self._options)

    async def _aevents(self, question: str) -> AsyncGenerator[ServerEvent, None]:
        async with (
            self._async_client() as client,
            aclosing(client.stream_answer(question, **self._options)) as events,
        ):
            async for event in events:
                yield event
