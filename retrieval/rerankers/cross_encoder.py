"""Reranking with a cross-encoder of sentence-transformers: a local path or a hub id."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Self

from core.chunks import Hit
from core.settings import RerankerSettings
from retrieval.cross_encoders import load_cross_encoder
from retrieval.rerankers.contract import RerankerMisconfigured
from retrieval.rerankers.ordering import best_by_text


class CrossEncoderReranker:
    """Reads question and passage together, one model in memory, one call at a time: two batches at
    once on the same cores are slower than one after the other.

    Scores are what the model's own activation gives, for most models a sigmoid: 0 to 1. What is
    longer than the model reads is cut.
    """

    def __init__(self, *, model_path: str, batch_size: int) -> None:
        self._model = load_cross_encoder(
            model_path,
            purpose="ranking",
            setting="VOUCH_RERANKER__MODEL",
            misconfigured=RerankerMisconfigured,
        )
        self._require_one_score(model_path)
        self._name = f"cross-encoder/{model_path}"
        self._batch_size = batch_size
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: RerankerSettings) -> Self:
        if settings.model is None:
            raise RerankerMisconfigured(
                "The cross-encoder has no model. Set VOUCH_RERANKER__MODEL to a folder with one, "
                "or to the id of one on a model hub."
            )
        return cls(model_path=settings.model, batch_size=settings.batch_size)

    @property
    def name(self) -> str:
        return self._name

    def rerank(self, question: str, hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
        return best_by_text(hits, lambda texts: self._scores(question, texts), top_k=top_k)

    def close(self) -> None:
        """It holds nothing open."""

    def _scores(self, question: str, texts: Sequence[str]) -> list[float]:
        with self._lock:
            scores = self._model.predict(
                [(question, text) for text in texts],
                batch_size=self._batch_size,
                show_progress_bar=False,
            )
        return [float(score) for score in scores]

    def _require_one_score(self, model_path: str) -> None:
        if self._model.num_labels != 1:
            raise RerankerMisconfigured(
                f"The model {model_path!r} gives {self._model.num_labels} scores for a passage; a "
                "reranker gives one. Set VOUCH_RERANKER__MODEL to a cross-encoder for ranking."
            )
