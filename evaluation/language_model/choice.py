"""The language model that the settings name."""

from __future__ import annotations

from core.settings import JudgeSettings
from evaluation.language_model.contract import LanguageModel, ModelMisconfigured


def load_model(settings: JudgeSettings) -> LanguageModel:
    """Raises ModelMisconfigured where none is set, or what it needs is not installed."""
    try:
        from evaluation.language_model.openai_like import OpenAILikeModel
    except ImportError as error:
        raise ModelMisconfigured(
            "Asking a model needs more packages: pip install 'vouch[models]'.",
            operator_detail=str(error),
        ) from error
    return OpenAILikeModel.from_settings(settings)
