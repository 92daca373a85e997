"""What a judge of entailment promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from core.settings import EntailmentSettings
from retrieval.embedders.contract import WordEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """A quoted span, and the title and headings that it stands under, joined by " > "."""

    text: str
    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entailment:
    """`probability`, in [0, 1], that the premises together say all of the claim. Where it can be
    told: `missing` is the clause of the claim that they do not say, while they say the others;
    `weakest` are the words that they carry least.
    """

    probability: float
    missing: str = ""
    weakest: tuple[str, ...] = ()


def as_text(premises: Sequence[Premise]) -> str:
    """All premises as a model reads them, each behind its headings."""
    return "\n".join(
        f"{premise.header}: {premise.text}" if premise.header else premise.text
        for premise in premises
    )


class Entailer(Protocol):
    """Judges claims by what they mean. Safe to use from several threads."""

    @classmethod
    def from_settings(cls, settings: EntailmentSettings, *, encoder: WordEncoder) -> Self:
        """`encoder` is the packaged embedder. Raises ConfigurationError where a model is missing or
        of another kind.
        """
        ...

    @property
    def name(self) -> str:
        """What judges, as it is recorded."""
        ...

    @property
    def threshold(self) -> float:
        """The probability from which a claim counts as said."""
        ...

    def entail(self, claim: str, premises: Sequence[Premise]) -> Entailment:
        """`premises` is never empty.

        Raises VouchError where it cannot tell; the claim then counts as unchecked.
        """
        ...
