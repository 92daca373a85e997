"""One question over the API, as a stream, with how long things took."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from evaluation.answers import Answered, answered_from_response
from evaluation.sets import Question
from vouch.client import VouchClient

_PATIENCE_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The whole response, and the seconds to its first claim, None where it has none, and to its
    end.
    """

    response: dict[str, Any]
    first_claim_s: float | None
    total_s: float

    @property
    def answered(self) -> Answered:
        return answered_from_response(self.response, latency_s=self.total_s)


class Asker:
    """Asks a Vouch under this address, each question for the user that it names."""

    def __init__(self, url: str, *, api_key: str) -> None:
        self._url = url
        self._api_key = api_key

    def ask(self, question: Question) -> Asked:
        """Raises RuntimeError with the problem where the stream ends with one."""
        body = {
            "question": question.question,
            "history": [turn.model_dump() for turn in question.history],
            "stream": True,
        }
        headers = {"Authorization": f"Bearer {self._api_key}"}
        if question.as_user:
            headers["X-Vouch-User"] = question.as_user
        first_claim_s = None
        started = time.perf_counter()
        with httpx.stream(
            "POST",
            f"{self._url}/v1/answer",
            json=body,
            headers=headers,
            timeout=_PATIENCE_S,
            trust_env=False,
        ) as response:
            for name, data in _events(response):
                passed_s = time.perf_counter() - started
                if name == "claim" and first_claim_s is None:
                    first_claim_s = passed_s
                elif name == "done":
                    return Asked(response=data, first_claim_s=first_claim_s, total_s=passed_s)
                elif name == "error":
                    raise RuntimeError(f"{question.id}: {data['detail']}")
        raise RuntimeError(f"{question.id}: the stream ended before the answer did")

    def exact_quotes(self, asked: Asked, *, user: str | None) -> tuple[int, int]:
        """Of the answer's quotes, those that the document's text holds at the place that is named;
        and all.
        """
        citations = [
            citation for claim in asked.response["claims"] for citation in claim["citations"]
        ]
        client = VouchClient(self._url, api_key=self._api_key, act_for=user)
        try:
            exact = 0
            for cited in citations:
                text = client.get(f"/v1/documents/{cited['document_id']}")["text"]
                exact += text[cited["start"] : cited["end"]] == cited["quote"]
        finally:
            client.close()
        return exact, len(citations)


def _events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
