"""What an understood question is, and what a rewriter of follow-ups promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Literal, Protocol, Self

from core.errors import ConfigurationError, TransientError
from core.settings import RewriterSettings
from retrieval.questions.acronyms import Acronym

_GROUP = "vouch.question_rewriters"


class UnknownRewriter(ConfigurationError):
    """No installed package offers this provider."""

    title = "Unknown rewriting provider"


class RewriterMisconfigured(ConfigurationError):
    """The rewriter cannot work as it is configured: its model, address or key is wrong."""

    title = "Question rewriter misconfigured"


class RewriterUnavailable(TransientError):
    """The rewriter does not answer, or not with a question."""

    title = "Question rewriter unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDocuments:
    """Documents that the question itself names: its `words` say so.

    `value` is a year, a kind of file, or a source's name.
    """

    kind: Literal["year", "file", "source"]
    value: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """How a question was understood. All of it is from the question, its history, and passages that
    the principal may read.

    `question` stands alone: it is what is searched for and answered. `parts` are searched for
    besides; empty for a question that is one. `expansions` are what its short or long forms mean.
    `filters` are those that put documents in front. `why` says, for a person, what was done.
    """

    question: str
    parts: tuple[str, ...] = ()
    expansions: tuple[Acronym, ...] = ()
    filters: tuple[NamedDocuments, ...] = ()
    why: tuple[str, ...] = ()


class QuestionRewriter(Protocol):
    """Makes a follow-up stand alone, by a model. Safe to use from several threads."""

    @classmethod
    def from_settings(cls, settings: RewriterSettings) -> Self:
        """Raises RewriterMisconfigured when a setting is missing or wrong."""
        ...

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        """The question with what it leans on from `history`, which is oldest first and not empty;
        unchanged where it leans on nothing.

        Raises TransientError, such as RewriterUnavailable, or ConfigurationError; the caller then
        goes by rules.
        """
        ...


def load_rewriter(settings: RewriterSettings) -> QuestionRewriter | None:
    """Import the configured provider; None where no provider is set.

    Raises UnknownRewriter, or RewriterMisconfigured.
    """
    if settings.provider is None:
        return None
    for point in entry_points(group=_GROUP, name=settings.provider):
        try:
            rewriter_type: type[QuestionRewriter] = point.load()
        except ModuleNotFoundError as error:
            raise RewriterMisconfigured(
                f"The rewriting provider {settings.provider!r} needs {error.name}, which is not "
                "installed. For openai_like: pip install 'vouch[models]'."
            ) from error
        return rewriter_type.from_settings(settings)
    installed = ", ".join(sorted({point.name for point in entry_points(group=_GROUP)}))
    raise UnknownRewriter(
        f"There is no rewriting provider {settings.provider!r}. Installed: {installed}. Set "
        "VOUCH_QUESTIONS__REWRITER__PROVIDER to one of them, or leave it unset."
    )
