"""What an answerer promises, and what an answer is before it becomes a response."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.chunks import Hit
from retrieval.pipeline import SearchResult
from serving.answering.cancellation import Cancellation
from serving.answering.confidence import EvidenceSigns
from serving.checking.checker import CheckedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A quoted span of a hit's document: offsets in characters of its normalised text."""

    hit: Hit
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of an answer with what it cites; not checked yet."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an answerer without a model proposes. `signs` tell whether that answers the question at
    all; None where there is nothing to propose.
    """

    claims: tuple[Claim, ...]
    signs: EvidenceSigns | None
    model: str

    @property
    def confidence(self) -> float:
        """That the claims answer the question, in [0, 1]."""
        return self.signs.confidence if self.signs is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedClaim:
    """A claim with its verdict."""

    claim: Claim
    checked: CheckedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Of all that language models read and wrote for an answer; 0 where a server does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


class Answerer(Protocol):
    """Drafts an answer from what was found, at once. Safe to use from several threads."""

    def draft(self, question: str, result: SearchResult) -> Draft:
        """`question` as it was asked; `result.question` stands alone."""
        ...


class Writing(Protocol):
    """One answer that a language model writes. What it says of itself is so far."""

    @property
    def model(self) -> str:
        """The one that wrote; empty before the first word."""
        ...

    @property
    def prompt(self) -> str | None:
        """Name and hash of the prompt that it was given."""
        ...

    @property
    def usage(self) -> TokenUsage: ...

    @property
    def given_up(self) -> Sequence[str]:
        """What was given up to get this far, such as `model:large`."""
        ...

    @property
    def says_unanswerable(self) -> bool:
        """Whether the model said that the passages do not answer the question."""
        ...

    def claims(self, *, is_rewrite: bool) -> Generator[VerifiedClaim, None, None]:
        """Every claim as it is complete, whatever its verdict. Closing it stops the model.
        `is_rewrite`: nothing of what was written before is supported.

        Raises TransientError, PermanentError, ConfigurationError when no model delivers, and
        AnswerCancelled.
        """
        ...


class Writer(Protocol):
    """Has a language model write answers. Safe to use from several threads."""

    def begin(
        self,
        question: str,
        result: SearchResult,
        *,
        tier: str | None,
        language: str | None,
        cancellation: Cancellation,
    ) -> Writing:
        """`tier` is the one to begin with; `language` the ISO 639-1 code of the one to answer in,
        None for the question's.
        """
        ...
