"""One tier: a language model with its limits, its breaker, and how it is best asked."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Literal

from core.breaker import CircuitBreaker
from core.language_models.contract import ChatModel
from core.settings import ModelsSettings, ModelTierSettings

Style = Literal["markers", "json"]
"""How a model is asked to cite: by `[n]` behind its sentences, or in a JSON object with quotes."""


class ModelTier:
    """`name` is `small` or `large`; `slots` bounds the requests at once."""

    def __init__(
        self,
        name: str,
        model: ChatModel,
        *,
        settings: ModelTierSettings,
        breaker: CircuitBreaker,
    ) -> None:
        self.name = name
        self.model = model
        self.settings = settings
        self.breaker = breaker
        self.slots = BoundedSemaphore(settings.max_concurrent)
        # Small models do better with markers than with JSON, and all can write them.
        self._style: Style = "markers" if settings.style == "auto" else settings.style

    @property
    def style(self) -> Style:
        return self._style

    def choose_style(self, style: Style) -> None:
        """What a probe found best; a configured style stays."""
        if self.settings.style == "auto":
            self._style = style


def load_tiers(settings: ModelsSettings) -> list[ModelTier]:
    """The configured tiers in their order; none is asked anything yet.

    Raises ModelMisconfigured where one lacks what it needs, in settings or packages.
    """
    from core.language_models.loading import load_chat_model

    tiers = []
    for name in settings.order:
        tier = getattr(settings, name)
        if tier is not None:
            tiers.append(
                ModelTier(
                    name,
                    load_chat_model(tier, settings=f"VOUCH_MODELS__{name.upper()}__"),
                    settings=tier,
                    breaker=CircuitBreaker(
                        failures_to_open=settings.failures_to_open, pause_s=settings.pause_s
                    ),
                )
            )
    return tiers
