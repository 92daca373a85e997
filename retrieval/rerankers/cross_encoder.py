"""Reranking with a cross-encoder of sentence-transformers: a local path or a hub id."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Self

from core.chunks import Hit
from core.settings import RerankerSettings
from retrieval.model_threads import let_waiting_threads_sleep
from retrieval.rerankers.contract import RerankerMisconfigured
from retrieval.rerankers.ordering import best_by_text

_CLASSIFICATION = "sequence-classification"


class CrossEncoderReranker:
    """Reads question and passage together, one model in memory, one call at a time: two batches at
    once on the same cores are slower than one after the other.

    Scores are what the model's own activation gives, for most models a sigmoid: 0 to 1. What is
    longer than the model reads is cut.
    """

    def __init__(self, *, model_path: str, batch_size: int) -> None:
        let_waiting_threads_sleep()
        # Imported here: it takes seconds and hundreds of megabytes that other commands do not need.
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging as transformers_logging

        # Its bar for loading weights would stand in the way of ours.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # no hints
        try:
            self._model = CrossEncoder(model_path, device="cpu")
        except (OSError, ValueError) as error:
            raise RerankerMisconfigured(
                f"The cross-encoder {model_path!r} cannot be loaded. Set VOUCH_RERANKER__MODEL to "
                "a folder with a cross-encoder, or to the id of one on a model hub; with "
                "HF_HUB_OFFLINE=0 it may be downloaded from there.",
                operator_detail=str(error),
            ) from error
        self._require_ranking_head(model_path)
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

    def _require_ranking_head(self, model_path: str) -> None:
        """sentence-transformers loads any model, and gives one without a head a random one."""
        if self._model.num_labels != 1:
            raise RerankerMisconfigured(
                f"The model {model_path!r} gives {self._model.num_labels} scores for a passage; a "
                "reranker gives one. Set VOUCH_RERANKER__MODEL to a cross-encoder for ranking."
            )
        is_classifier = getattr(self._model[0], "transformer_task", None) == _CLASSIFICATION
        architectures: Sequence[str] = getattr(self._model.config, "architectures", None) or ()
        if is_classifier and not any("SequenceClassification" in name for name in architectures):
            raise RerankerMisconfigured(
                f"The model {model_path!r} is no cross-encoder: it was saved without a layer that "
                "gives a score. Set VOUCH_RERANKER__MODEL to a cross-encoder for ranking."
            )
