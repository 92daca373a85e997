"""Reranking by a server: any that speaks `/rerank` as TEI, Cohere or Jina do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Self

from core.chunks import Hit
from core.settings import RerankerSettings
from retrieval.rerankers.contract import RerankerMisconfigured
from retrieval.rerankers.dialects import DIALECTS, DialectName
from retrieval.rerankers.ordering import best_by_text
from retrieval.rerankers.patient_client import PatientClient


class EndpointReranker:
    """Sends question and passages in batches, one after the other, all within `timeout_s`.

    The server sees the text of every passage that goes into the reranker.
    """

    def __init__(
        self,
        client: PatientClient,
        *,
        dialect: DialectName,
        model: str | None,
        batch_size: int,
        timeout_s: float,
    ) -> None:
        self._client = client
        self._dialect = DIALECTS[dialect]
        self._model = model
        self._batch_size = batch_size
        self._timeout_s = timeout_s
        self._name = f"endpoint/{model or dialect}"

    @classmethod
    def from_settings(cls, settings: RerankerSettings) -> Self:
        if settings.url is None:
            raise RerankerMisconfigured(
                "The rerank endpoint has no address. Set VOUCH_RERANKER__URL to the whole of it, "
                "such as http://rerank.internal:8080/rerank."
            )
        if settings.model is None and DIALECTS[settings.dialect].needs_model:
            raise RerankerMisconfigured(
                f"The dialect {settings.dialect!r} needs the name of a model. Set "
                "VOUCH_RERANKER__MODEL."
            )
        return cls(
            PatientClient(str(settings.url), api_key=settings.api_key),
            dialect=settings.dialect,
            model=settings.model,
            batch_size=settings.batch_size,
            timeout_s=settings.timeout_s,
        )

    @property
    def name(self) -> str:
        return self._name

    def rerank(self, question: str, hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
        return best_by_text(hits, lambda texts: self._scores(question, texts), top_k=top_k)

    def close(self) -> None:
        self._client.close()

    def _scores(self, question: str, texts: Sequence[str]) -> list[float]:
        deadline = time.monotonic() + self._timeout_s
        scores: list[float] = []
        for first in range(0, len(texts), self._batch_size):
            batch = texts[first : first + self._batch_size]
            reply = self._client.post(
                self._dialect.body(self._model, question, batch), deadline=deadline
            )
            scores += self._dialect.scores(reply, count=len(batch))
        return scores
