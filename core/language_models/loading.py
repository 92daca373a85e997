"""The language model that settings name."""

from __future__ import annotations

from core.language_models.contract import ChatModel, ModelMisconfigured
from core.settings import ModelTierSettings


def load_chat_model(tier: ModelTierSettings, *, settings: str) -> ChatModel:
    """`settings` is the beginning of the settings' names, such as `VOUCH_MODELS__SMALL__`.

    Raises ModelMisconfigured where something is not set, or not installed.
    """
    if tier.model is None:
        raise ModelMisconfigured(f"The language model has no name. Set {settings}MODEL.")
    try:
        # Imported here: LlamaIndex takes seconds, and most processes ask no model.
        if tier.provider == "llama_index":
            from core.language_models.llama_index import LlamaIndexModel

            return LlamaIndexModel.load(
                tier.model, arguments=tier.arguments, api_key=tier.api_key, settings=settings
            )
        from core.language_models.openai_like import OpenAILikeModel
    except ImportError as error:
        raise ModelMisconfigured(
            "Asking a language model needs more packages: pip install 'vouch[models]'.",
            operator_detail=str(error),
        ) from error
    if tier.url is None:
        raise ModelMisconfigured(
            f"The language model has no address. Set {settings}URL, such as "
            "http://models.internal:8000/v1."
        )
    return OpenAILikeModel(
        url=str(tier.url),
        model=tier.model,
        api_key=tier.api_key,
        settings=settings,
        timeout_s=tier.timeout_s,
    )
