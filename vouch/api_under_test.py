"""A Vouch server as evaluation asks it: over HTTP, as any client would."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from evaluation.answers import Answered, answered_from_response
from evaluation.passages import FoundPassage
from evaluation.sets import Question
from vouch.client import ApiProblem, VouchClient

# The most that the API returns: enough chunks for ten distinct documents.
_SEARCH_CHUNKS = 200


class ApiUnderTest:
    """Searches and answers, each question for the user that it names, else for the key's own.

    `own_source` is the name of the source that holds the set's own documents, where there is one:
    passages of it are of no named source, so that a set with sources can also be run on a corpus.
    """

    def __init__(self, url: str, *, api_key: str, own_source: str | None = None) -> None:
        self._url = url
        self._api_key = api_key
        self._own_source = own_source
        self._clients: dict[str | None, VouchClient] = {}

    def search_many(self, questions: Sequence[Question]) -> list[list[FoundPassage]]:
        """The API's hits, question by question. Raises ApiProblem, NoServer."""
        return [self._search(question) for question in questions]

    def answer(self, question: Question) -> Answered:
        """The API's answer, and how long it took. Raises ApiProblem, NoServer."""
        body = {"question": question.question, "history": _messages(question)}
        client = self.client(question.as_user)
        started = time.perf_counter()
        response = client.post("/v1/answer", body)
        return answered_from_response(response, latency_s=time.perf_counter() - started)

    def generation(self) -> dict[str, Any] | None:
        """The index that is served; None where the key may not see it. Raises NoServer."""
        try:
            generation: dict[str, Any] = self.client().get("/v1/generation")
        except ApiProblem:
            return None
        return generation

    def client(self, act_for: str | None = None) -> VouchClient:
        """One for each user, opened when it is first asked for."""
        if act_for not in self._clients:
            self._clients[act_for] = VouchClient(self._url, api_key=self._api_key, act_for=act_for)
        return self._clients[act_for]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _search(self, question: Question) -> list[FoundPassage]:
        body = {
            "query": question.question,
            "history": _messages(question),
            "top_k": _SEARCH_CHUNKS,
        }
        hits = self.client(question.as_user).post("/v1/search", body)["hits"]
        return [
            FoundPassage(
                path=document["path"],
                text=hit["passage"]["text"],
                chunk_id=hit["passage"]["chunk_id"],
                start=hit["passage"]["start"],
                end=hit["passage"]["end"],
                source=self._source(document["source"]),
            )
            for hit in hits
            # A passage is found in each of the documents that hold it.
            for document in (hit["document"], *hit["also_in"])
        ]

    def _source(self, name: str) -> str:
        return "" if name == self._own_source else name


@contextmanager
def api_under_test(
    url: str, *, api_key: str, own_source: str | None = None
) -> Iterator[ApiUnderTest]:
    """Closed at the end of the block."""
    api = ApiUnderTest(url, api_key=api_key, own_source=own_source)
    try:
        yield api
    finally:
        api.close()


def _messages(question: Question) -> list[dict[str, str]]:
    return [turn.model_dump() for turn in question.history]
