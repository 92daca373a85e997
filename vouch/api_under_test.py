"""A Vouch server as evaluation asks it: over HTTP, as any client would."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from evaluation.answers import Answered, answered_from_response
from evaluation.outcome import RANKING_DEPTH
from evaluation.passages import FoundPassage
from evaluation.sets import Question
from vouch.client import ApiProblem, Message, VouchClient

# What metrics look at: the first passages, and the first documents with their best passages.
_SHAPES: tuple[dict[str, Any], ...] = (
    {"top_k": RANKING_DEPTH},
    {"top_k": RANKING_DEPTH, "distinct_documents": True},
)


class ApiUnderTest:
    """Searches and answers, each question for the user that it names, else for the key's own.

    `own_source` is the name of the source that holds the set's own documents, where there is one:
    passages of it are of no named source, so that a set with sources can also be run on a corpus.
    """

    def __init__(self, url: str, *, api_key: str, own_source: str | None = None) -> None:
        self.url = url
        self.api_key = api_key
        self._own_source = own_source
        self._clients: dict[str | None, VouchClient] = {}

    def search_many(self, questions: Sequence[Question]) -> list[list[FoundPassage]]:
        """For each question the ten best passages, then the best passage of each document among
        the ten best that they leave out. One request for each user asked for.

        Raises ApiProblem, NoServer.
        """
        found: dict[str, list[FoundPassage]] = {}
        for user in dict.fromkeys(question.as_user for question in questions):
            theirs = [question for question in questions if question.as_user == user]
            searches = [_search(question) | shape for question in theirs for shape in _SHAPES]
            reply = self.client(user).post("/v1/search/batch", {"searches": searches})
            hits = [result["hits"] for result in reply["results"]]
            passages, documents = hits[0::2], hits[1::2]
            for question, *lists in zip(theirs, passages, documents, strict=True):
                found[question.id] = self._passages([hit for hits in lists for hit in hits])
        return [found[question.id] for question in questions]

    def answer(self, question: Question) -> Answered:
        """The API's answer, and how long it took. Raises ApiProblem, NoServer."""
        client, history = self.client(question.as_user), _messages(question)
        started = time.perf_counter()
        response = client.answer(question.question, history=history)
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
            self._clients[act_for] = VouchClient(self.url, api_key=self.api_key, act_for=act_for)
        return self._clients[act_for]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _passages(self, hits: list[dict[str, Any]]) -> list[FoundPassage]:
        """Each passage once, at its first place, in each of the documents that hold it."""
        passages: dict[tuple[str, str], FoundPassage] = {}
        for hit in hits:
            for document in (hit["document"], *hit["also_in"]):
                passage = hit["passage"]
                found = FoundPassage(
                    path=document["path"],
                    text=passage["text"],
                    chunk_id=passage["chunk_id"],
                    start=passage["start"],
                    end=passage["end"],
                    source=self._source(document["source"]),
                )
                passages.setdefault((found.chunk_id, document["id"]), found)
        return list(passages.values())

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


def _search(question: Question) -> dict[str, Any]:
    return {"query": question.question, "history": _messages(question)}


def _messages(question: Question) -> list[Message]:
    return [Message(role=turn.role, content=turn.content) for turn in question.history]
