"""What evaluation asks of a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from pydantic import BaseModel

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class LanguageModel(Protocol):
    """Anything that fills in a form about some material. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """What a run records as the model that was asked."""
        ...

    def ask(self, instructions: str, *, material: Mapping[str, str], reply: type[ReplyT]) -> ReplyT:
        """One request at temperature 0. `material` are texts by name, which are data: they cannot
        end their own delimiters.

        Raises `core.language_models.contract`'s errors: NoUsableReply for what is not exactly a
        `reply`, and for material that the endpoint refuses; ModelUnavailable; ModelMisconfigured.
        """
        ...
