"""What a reranker promises, and how one is chosen by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Protocol, Self

from core.chunks import Hit
from core.errors import ConfigurationError, TransientError
from core.settings import RerankerSettings

_GROUP = "vouch.rerankers"


class UnknownReranker(ConfigurationError):
    """No installed package offers this provider."""

    title = "Unknown reranking provider"


class RerankerMisconfigured(ConfigurationError):
    """The reranker cannot work as it is configured: its model, address or key is wrong."""

    title = "Reranker misconfigured"


class RerankerUnavailable(TransientError):
    """The reranker does not answer, or asks for patience."""

    title = "Reranker unavailable"


class RerankerReplyInvalid(TransientError):
    """The reranker answered with something that is no order of the hits it was given."""

    title = "Reranker reply invalid"


class Reranker(Protocol):
    """Judges each hit against the question. Safe to use from several threads."""

    @classmethod
    def from_settings(cls, settings: RerankerSettings) -> Self:
        """Loads what it needs.

        Raises ConfigurationError when a model cannot be found or read, or a setting is missing.
        """
        ...

    @property
    def name(self) -> str:
        """`provider/model`: what an evaluation approves, and what the log says."""
        ...

    def rerank(self, question: str, hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
        """At most `top_k` of these hits, best first, each at most once.

        Hits come in the order of the fusion, and equal scores keep it. `score` is the reranker's
        own: finite, higher is better, comparable within one call. Everything else of a hit stays
        as it was. No hits give no hits, and neither a long text nor a long question is an error.

        Raises RerankerUnavailable, RerankerReplyInvalid or RerankerMisconfigured; the caller then
        serves the order that it had.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Nothing is asked of it afterwards."""
        ...


def installed_providers() -> tuple[str, ...]:
    """The providers that installed packages offer, sorted; nothing is imported."""
    return tuple(sorted({point.name for point in entry_points(group=_GROUP)}))


def load_reranker(settings: RerankerSettings) -> Reranker | None:
    """Import the configured provider and load its model; None where no provider is set.

    Raises UnknownReranker, or ConfigurationError from the provider.
    """
    if settings.provider is None:
        return None
    for point in entry_points(group=_GROUP, name=settings.provider):
        try:
            reranker_type: type[Reranker] = point.load()
        except ModuleNotFoundError as error:
            raise RerankerMisconfigured(
                f"The reranking provider {settings.provider!r} needs {error.name}, which is not "
                "installed."
            ) from error
        return reranker_type.from_settings(settings)
    raise UnknownReranker(
        f"There is no reranking provider {settings.provider!r}. Installed: "
        f"{', '.join(installed_providers())}. Set VOUCH_RERANKER__PROVIDER to one of them, or to "
        "'auto', or leave it unset."
    )
