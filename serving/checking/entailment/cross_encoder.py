"""Entailment by a cross-encoder of sentence-transformers: a local path or a hub id."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Self

from core.errors import ConfigurationError
from core.settings import EntailmentSettings
from retrieval.cross_encoders import load_cross_encoder
from retrieval.embedders.contract import WordEncoder
from serving.checking.entailment.contract import Entailment, Premise, as_text

_ENTAILED = frozenset({"entailment", "entails", "entailed", "supported", "consistent"})


class CrossEncoderEntailer:
    """Models for natural language inference, with a label for entailment among others, and models
    with one score for "consistent", as HHEM and MiniCheck are. Reads premises and claim together, a
    pair at a time; what is longer than the model reads is cut.
    """

    def __init__(self, *, model_path: str, threshold: float) -> None:
        self._model = load_cross_encoder(
            model_path,
            purpose="natural language inference",
            setting="VOUCH_ENTAILMENT__MODEL",
            misconfigured=ConfigurationError,
        )
        self._label = self._entailment_label(model_path)
        self._name = f"cross-encoder/{model_path}"
        self._threshold = threshold
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: EntailmentSettings, *, encoder: WordEncoder) -> Self:
        if settings.model is None:
            raise ConfigurationError(
                "The cross-encoder for entailment has no model. Set VOUCH_ENTAILMENT__MODEL to a "
                "folder with one, or to the id of one on a model hub."
            )
        return cls(model_path=settings.model, threshold=settings.threshold)

    @property
    def name(self) -> str:
        return self._name

    @property
    def threshold(self) -> float:
        return self._threshold

    def entail(self, claim: str, premises: Sequence[Premise]) -> Entailment:
        with self._lock:
            (scores,) = self._model.predict(
                [(as_text(premises), claim)],
                apply_softmax=self._label is not None,
                show_progress_bar=False,
            )
        return Entailment(probability=float(scores if self._label is None else scores[self._label]))

    def _entailment_label(self, model_path: str) -> int | None:
        """The place of "entailment" among the model's labels; None of a model with one score.

        Raises ConfigurationError where there is none.
        """
        if self._model.num_labels == 1:
            return None
        labels: Mapping[int, str] = getattr(self._model.config, "id2label", None) or {}
        for place, label in labels.items():
            if label.lower() in _ENTAILED:
                return int(place)
        raise ConfigurationError(
            f"None of the labels of {model_path!r} is entailment: {', '.join(labels.values())}. "
            "Set VOUCH_ENTAILMENT__MODEL to a model for natural language inference."
        )
