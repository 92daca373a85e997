"""The language model that the settings name."""

from __future__ import annotations

from core.language_models.loading import load_chat_model
from core.settings import JudgeSettings
from evaluation.language_model.chat import FormModel
from evaluation.language_model.contract import LanguageModel


def load_model(settings: JudgeSettings) -> LanguageModel:
    """Raises ModelMisconfigured where none is set, or what it needs is not installed."""
    return FormModel(
        load_chat_model(settings, settings="VOUCH_JUDGE__"), timeout_s=settings.timeout_s
    )
