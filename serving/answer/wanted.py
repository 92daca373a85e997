"""What a caller wants of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from core.assistants import BUILT_IN_NAME, Assistant, UnsupportedPolicy
from core.chunks import SourceId
from retrieval.questions.contract import Turn
from serving.schemas import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAnswer:
    """`history` is the conversation before, oldest first. `within` are the sources that the answer
    stays within, whatever the filters say; None: all. `tier` is the model tier to begin with, None
    for the configured order. `language` is the ISO 639-1 code of the language to answer in, None
    for the question's. `assistant` is the name of the one that is asked.
    """

    question: str
    history: Sequence[Turn] = ()
    understand: bool = True
    filters: Filters = field(default_factory=Filters)
    within: tuple[SourceId, ...] | None = None
    unsupported: UnsupportedPolicy = "drop"
    tier: str | None = None
    language: str | None = None
    assistant: str = BUILT_IN_NAME

    @classmethod
    def of(
        cls,
        assistant: Assistant,
        *,
        question: str,
        history: Sequence[Turn] = (),
        understand: bool = True,
        filters: Filters | None = None,
        unsupported: UnsupportedPolicy | None = None,
        language: str | None = None,
    ) -> Self:
        """What the caller asks of the assistant; what it leaves None is as the assistant has it."""
        return cls(
            question=question,
            history=history,
            understand=understand,
            filters=filters or Filters(),
            within=assistant.sources,
            unsupported=unsupported or assistant.unsupported,
            tier=assistant.tier,
            language=language or assistant.language,
            assistant=assistant.name,
        )
