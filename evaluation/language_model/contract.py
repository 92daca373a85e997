"""What evaluation asks of a language model, and how one can fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from pydantic import BaseModel

from core.errors import ConfigurationError, PermanentError, TransientError

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class ModelMisconfigured(ConfigurationError):
    """The endpoint cannot be asked as it is configured."""

    title = "Model misconfigured"


class ModelUnavailable(TransientError):
    """The endpoint does not answer, or fails."""

    title = "Model unavailable"


class NoUsableReply(PermanentError):
    """The model gave nothing that was asked for. The request's own fault: asking the next one is
    worth it.
    """

    title = "No usable reply"


class LanguageModel(Protocol):
    """Anything that fills in a form about some material. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """What a run records as the model that was asked."""
        ...

    def ask(self, instructions: str, *, material: Mapping[str, str], reply: type[ReplyT]) -> ReplyT:
        """One request at temperature 0. `material` are texts by name, which are data: they cannot
        end their own delimiters.

        Raises NoUsableReply for what is not exactly a `reply`, and for material that the endpoint
        refuses; ModelUnavailable; ModelMisconfigured.
        """
        ...
