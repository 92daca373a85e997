"""Answers that a person has graded: what a judge is held against."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.errors import ConfigurationError
from evaluation.json_lines import read_json_lines
from evaluation.judge.contract import Case
from evaluation.judgements import Grade


class LabelledCase(BaseModel):
    """An answer and a person's grade of it. `reference` is a right answer, null where nothing
    answers the question. Fields that are not known here are ignored.
    """

    model_config = ConfigDict(frozen=True)

    question: str = Field(min_length=1)
    reference: str | None = Field(min_length=1)
    answer: str = Field(min_length=1)
    label: Grade

    @property
    def case(self) -> Case:
        return Case(question=self.question, reference=self.reference, answer=self.answer)


def load_labels(file: Path) -> tuple[LabelledCase, ...]:
    """Raises ConfigurationError, naming file and line."""
    cases = tuple(case for _, case in read_json_lines(file, model=LabelledCase))
    if not cases:
        raise ConfigurationError(f"{file} holds no labelled answers.")
    return cases
