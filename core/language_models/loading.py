"""The language model that settings name."""

from __future__ import annotations

from core.language_models.contract import ChatModel, ModelMisconfigured
from core.settings import EndpointSettings


def load_chat_model(endpoint: EndpointSettings, *, settings: str) -> ChatModel:
    """`settings` is the beginning of the settings' names, such as `VOUCH_MODELS__SMALL__`.

    Raises ModelMisconfigured where something is not set, or not installed.
    """
    if endpoint.model is None:
        raise ModelMisconfigured(
            f"No language model is set. Set {settings}URL, such as "
            f"http://models.internal:8000/v1, and {settings}MODEL."
        )
    try:
        # Imported here: LlamaIndex takes seconds, and most processes ask no model.
        if endpoint.provider == "llama_index":
            from core.language_models.llama_index import LlamaIndexModel

            return LlamaIndexModel.load(
                endpoint.model,
                arguments=endpoint.arguments,
                api_key=endpoint.api_key,
                settings=settings,
            )
        from core.language_models.openai_like import OpenAILikeModel
    except ImportError as error:
        raise ModelMisconfigured(
            "Asking a language model needs more packages: pip install 'vouch[models]'.",
            operator_detail=str(error),
        ) from error
    if endpoint.url is None:
        raise ModelMisconfigured(
            f"The language model {endpoint.model!r} has no address. Set {settings}URL, such as "
            f"http://models.internal:8000/v1, besides {settings}MODEL."
        )
    return OpenAILikeModel(
        url=str(endpoint.url),
        model=endpoint.model,
        api_key=endpoint.api_key,
        settings=settings,
        timeout_s=endpoint.timeout_s,
    )
