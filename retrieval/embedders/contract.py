"""What an embedder promises, and how one is chosen by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Protocol, Self

from core.errors import ConfigurationError
from core.settings import EmbeddingSettings
from retrieval.embedders.vectors import EncodedWords, Encoding, Vectors

_GROUP = "vouch.embedders"


class UnknownEmbedder(ConfigurationError):
    """No installed package offers this provider."""

    title = "Unknown embedding provider"


class QueryEncoder(Protocol):
    """What a retriever needs of an embedder."""

    def encode_queries(self, texts: Sequence[str]) -> list[Encoding]:
        """In the order given; much faster than one by one. Does not wait for passages that are
        being embedded.
        """
        ...


class PassageEmbedder(Protocol):
    """What comparing sentences needs of an embedder."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit length, shape (len(texts), dimension), in the order given."""
        ...


class WordEncoder(Protocol):
    """What looking at single words needs of an embedder: the packaged one has it."""

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        """In the order given."""
        ...


class Embedder(QueryEncoder, PassageEmbedder, Protocol):
    """Text to dense vectors of unit length. Safe to use from several threads."""

    @classmethod
    def from_settings(cls, settings: EmbeddingSettings) -> Self:
        """Loads the model. Raises ConfigurationError when it cannot be found or read."""
        ...

    @property
    def name(self) -> str:
        """Names provider and model: vectors under different names never share an index."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest text that the model reads whole, in its own tokens without special ones."""
        ...

    @property
    def token_dimension(self) -> int | None:
        """Length of the token vectors; None where the model gives none."""
        ...

    @property
    def token_vectors(self) -> str | None:
        """Names how token vectors are made of the model's: those of different names never share an
        index. None where the model gives none.
        """
        ...

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Character span of each of the text's tokens, in order, without special tokens."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> list[Encoding]:
        """Dense and token vectors at once, in the order given."""
        ...

    def encode_query(self, text: str) -> Encoding:
        """Does not wait for passages that are being embedded."""
        ...


def load_embedder(settings: EmbeddingSettings) -> Embedder:
    """Import the configured provider and load its model.

    Raises UnknownEmbedder, or ConfigurationError from the provider.
    """
    points = entry_points(group=_GROUP)
    for point in points.select(name=settings.provider):
        embedder_type: type[Embedder] = point.load()
        return embedder_type.from_settings(settings)
    known = ", ".join(sorted({point.name for point in points}))
    raise UnknownEmbedder(
        f"There is no embedding provider {settings.provider!r}. Installed: {known}. "
        "Set VOUCH_EMBEDDING__PROVIDER to one of them."
    )
