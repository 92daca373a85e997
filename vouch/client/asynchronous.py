"""A client for programs that wait in an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Self, Unpack

import httpx

from vouch.client.bodies import AnswerOptions, SearchOptions
from vouch.client.errors import ApiProblem, body_of, no_server, problem_of
from vouch.client.server_events import EventReader, ServerEvent
from vouch.client.transport import TIMEOUT_S, Connection


class AsyncVouchClient:
    """Calls the API with one key, for one user, within one event loop. Its methods do what those of
    `VouchClient` do.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        act_for: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._url = url
        connection = Connection(url=url, api_key=api_key, act_for=act_for, timeout_s=timeout_s)
        self._http = httpx.AsyncClient(**connection.http_options())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def search(self, query: str, **options: Unpack[SearchOptions]) -> dict[str, Any]:
        """Raises ApiProblem, NoServer."""
        return await self._post("/v1/search", {"query": query, **options})

    async def answer(self, question: str, **options: Unpack[AnswerOptions]) -> dict[str, Any]:
        """Raises ApiProblem, NoServer."""
        return await self._post("/v1/answer", {"question": question, **options})

    async def stream_answer(
        self, question: str, **options: Unpack[AnswerOptions]
    ) -> AsyncGenerator[ServerEvent, None]:
        """Raises ApiProblem, also in the middle, and NoServer."""
        body = {"question": question, **options, "stream": True}
        events = EventReader()
        try:
            async with self._http.stream("POST", "/v1/answer", json=body) as response:
                if response.is_error:
                    await response.aread()
                    raise ApiProblem(problem_of(response))
                async for piece in response.aiter_text():
                    for event in events.feed(piece):
                        yield event
        except httpx.TransportError as error:
            raise no_server(self._url, error) from error
        events.end(self._url)

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = await self._http.post(path, json=body)
        except httpx.TransportError as error:
            raise no_server(self._url, error) from error
        reply: dict[str, Any] = body_of(response)
        return reply
