"""A client that waits for its replies."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Self, Unpack

import httpx

from vouch.client.bodies import AnswerOptions, Passage, SearchOptions
from vouch.client.errors import ApiProblem, body_of, no_server, problem_of
from vouch.client.server_events import EventReader, ServerEvent
from vouch.client.transport import TIMEOUT_S, Connection


class VouchClient:
    """Calls the API with one key, for one user. Threads may share it."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        act_for: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.connection = Connection(url=url, api_key=api_key, act_for=act_for, timeout_s=timeout_s)
        self._http = httpx.Client(**self.connection.http_options())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def search(self, query: str, **options: Unpack[SearchOptions]) -> dict[str, Any]:
        """Passages, best first, as `POST /v1/search` gives them. Raises ApiProblem, NoServer."""
        found: dict[str, Any] = self.post("/v1/search", {"query": query, **options})
        return found

    def answer(self, question: str, **options: Unpack[AnswerOptions]) -> dict[str, Any]:
        """The whole answer, as `POST /v1/answer` gives it. Raises ApiProblem, NoServer."""
        answer: dict[str, Any] = self.post("/v1/answer", {"question": question, **options})
        return answer

    def stream_answer(
        self, question: str, **options: Unpack[AnswerOptions]
    ) -> Generator[ServerEvent, None, None]:
        """The answer's events while it is made; the last one, `done`, has what `answer` gives.
        Closing the generator stops the answer.

        Raises ApiProblem, also in the middle, and NoServer.
        """
        body = {"question": question, **options, "stream": True}
        events = EventReader()
        try:
            with self._http.stream("POST", "/v1/answer", json=body) as response:
                if response.is_error:
                    response.read()
                    raise ApiProblem(problem_of(response))
                for piece in response.iter_text():
                    yield from events.feed(piece)
        except httpx.TransportError as error:
            raise no_server(self.connection.url, error) from error
        events.end(self.connection.url)

    def check(
        self, text: str, *, passages: Sequence[Passage] = (), document_ids: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Somebody else's text held against passages and documents, as `POST /v1/check` does.

        Raises ApiProblem, NoServer.
        """
        body = {"text": text, "passages": list(passages), "document_ids": list(document_ids)}
        checked: dict[str, Any] = self.post("/v1/check", body)
        return checked

    def get(self, path: str, **params: str | int) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("POST", path, json=body or {})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("PUT", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Raises ApiProblem, NoServer."""
        self._call("DELETE", path)

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise no_server(self.connection.url, error) from error
        return body_of(response)
