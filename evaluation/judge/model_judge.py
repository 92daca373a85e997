"""The judge that asks a language model."""

from __future__ import annotations

import hashlib

from evaluation.judge.contract import Case, GradedAnswer
from evaluation.judge.correctness import CORRECTNESS_PROMPT, NO_REFERENCE, ask_grade
from evaluation.judge.entailment import ENTAILMENT_PROMPT, ask_entailment
from evaluation.judgements import JudgeIdentity
from evaluation.language_model.contract import LanguageModel


class ModelJudge:
    """One request a verdict, at temperature 0."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def identity(self) -> JudgeIdentity:
        said = "\0".join((CORRECTNESS_PROMPT, NO_REFERENCE, ENTAILMENT_PROMPT))
        return JudgeIdentity(
            model=self._model.name, prompts_sha256=hashlib.sha256(said.encode()).hexdigest()
        )

    def grade(self, case: Case) -> GradedAnswer:
        return ask_grade(self._model, case)

    def entails(self, premise: str, hypothesis: str) -> bool:
        return ask_entailment(self._model, premise, hypothesis=hypothesis)
