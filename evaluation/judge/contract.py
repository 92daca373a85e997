"""What a judge does: it grades answers against a reference, and says whether texts entail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from evaluation.judgements import Grade, JudgeIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer to be graded. `reference` is a right answer; None where nothing answers the
    question, and declining is right.
    """

    question: str
    reference: str | None
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedAnswer:
    """A grade with the judge's reason for it, which may quote what was judged."""

    grade: Grade
    reason: str


class Judge(Protocol):
    """Anything that grades answers. Safe to use from several threads."""

    @property
    def identity(self) -> JudgeIdentity: ...

    def grade(self, case: Case) -> GradedAnswer:
        """Raises NoUsableReply where there is no verdict to be had; ModelUnavailable,
        ModelMisconfigured.
        """
        ...

    def entails(self, premise: str, hypothesis: str) -> bool:
        """Whether a reader of the premise alone would say that the hypothesis is true. Raises as
        `grade`.
        """
        ...
