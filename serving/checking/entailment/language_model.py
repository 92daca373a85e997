"""Entailment by asking a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from core.language_models.loading import load_chat_model
from core.settings import EntailmentSettings
from evaluation.judge.entailment import ask_entailment
from evaluation.language_model.chat import FormModel
from retrieval.embedders.contract import WordEncoder
from serving.checking.entailment.contract import Entailment, Premise, as_text


class LanguageModelEntailer:
    """Asks what `vouch eval judge` asks of citations, one request a claim. A model that does not
    answer leaves the claim unchecked.
    """

    def __init__(self, model: FormModel, *, threshold: float) -> None:
        self._model = model
        self._threshold = threshold

    @classmethod
    def from_settings(cls, settings: EntailmentSettings, *, encoder: WordEncoder) -> Self:
        model = load_chat_model(settings, settings="VOUCH_ENTAILMENT__")
        return cls(FormModel(model, timeout_s=settings.timeout_s), threshold=settings.threshold)

    @property
    def name(self) -> str:
        return f"language-model/{self._model.name}"

    @property
    def threshold(self) -> float:
        return self._threshold

    def entail(self, claim: str, premises: Sequence[Premise]) -> Entailment:
        is_said = ask_entailment(self._model, as_text(premises), hypothesis=claim)
        return Entailment(probability=float(is_said))
