"""Grading an answer against a reference, by a model."""

from __future__ import annotations

from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from evaluation.judge.contract import Case, GradedAnswer
from evaluation.judgements import Grade
from evaluation.language_model.contract import LanguageModel

CORRECTNESS_PROMPT = files("evaluation.judge").joinpath("prompts/correctness.md").read_text("utf-8")
NO_REFERENCE = (
    "The documents do not answer this question. The right reaction is to say so, or to decline."
)


class _Verdict(BaseModel):
    """The reason comes before the verdict, so that the verdict can follow from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    verdict: Grade


def ask_grade(model: LanguageModel, case: Case) -> GradedAnswer:
    """One request. Raises as `LanguageModel.ask`."""
    reply = model.ask(
        CORRECTNESS_PROMPT,
        material={
            "question": case.question,
            "reference": NO_REFERENCE if case.reference is None else case.reference,
            "answer": case.answer,
        },
        reply=_Verdict,
    )
    return GradedAnswer(grade=reply.verdict, reason=reply.reason)
