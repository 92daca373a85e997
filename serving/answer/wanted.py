"""What a caller wants of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from retrieval.questions.contract import Turn
from serving.schemas import Filters

UnsupportedPolicy = Literal["drop", "mark", "fail"]
"""What becomes of a claim that is not supported: it is left out, it is delivered with its verdict,
or the answer ends with an error.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAnswer:
    """`history` is the conversation before, oldest first. `tier` is the model tier to begin with,
    None for the configured order. `language` is the ISO 639-1 code of the language to answer in,
    None for the question's.
    """

    question: str
    history: Sequence[Turn] = ()
    understand: bool = True
    filters: Filters = field(default_factory=Filters)
    unsupported: UnsupportedPolicy = "drop"
    tier: str | None = None
    language: str | None = None
