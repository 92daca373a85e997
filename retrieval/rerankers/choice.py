"""Which reranker serves: the one of the settings, or the one approved for the generation."""

from __future__ import annotations

import structlog

from core.errors import ConfigurationError
from core.settings import RerankerSettings
from retrieval.rerankers.contract import (
    Reranker,
    RerankerMisconfigured,
    UnknownReranker,
    installed_providers,
    load_reranker,
)

log = structlog.get_logger(__name__)

AUTO = "auto"


def choose_reranker(settings: RerankerSettings, *, approved: str | None) -> Reranker | None:
    """The reranker that the settings name; with `auto` the approved one, `provider/model`, if any.

    Raises ConfigurationError when it cannot be loaded.
    """
    if settings.provider != AUTO:
        reranker = load_reranker(settings)
        if reranker is not None and reranker.name != approved:
            log.warning("reranker_not_approved", reranker=reranker.name, approved=approved)
        return reranker
    if approved is None:
        return None
    provider, _, model = approved.partition("/")
    try:
        return load_reranker(settings.model_copy(update={"provider": provider, "model": model}))
    except ConfigurationError as error:
        raise RerankerMisconfigured(
            f"The reranker {approved!r}, approved for this index, cannot be loaded. {error.detail} "
            "Or unset VOUCH_RERANKER__PROVIDER, and search without one.",
            operator_detail=error.operator_detail,
        ) from error


def require_installed(name: str) -> None:
    """Raise UnknownReranker unless `name` is `provider/model`, of a provider that is installed."""
    provider, _, model = name.partition("/")
    if provider not in installed_providers() or not model:
        raise UnknownReranker(
            f"{name!r} names no reranker. Give `provider/model`, with one of the providers "
            f"{', '.join(installed_providers())}."
        )
