"""A judge that says what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.language_models.contract import ModelUnavailable, NoUsableReply
from evaluation.answers import Answered, AnsweredClaim, Cited
from evaluation.judge.contract import Case, GradedAnswer
from evaluation.judgements import Grade, JudgeIdentity

IDENTITY = JudgeIdentity(model="fake", prompts_sha256="p1")


@dataclass
class FakeJudge:
    """Grades by the answer's text; one that is not in `grades` gets no verdict. A premise entails
    what it holds; a hypothesis with "unclear" in it gets no verdict.
    """

    grades: Mapping[str, Grade]
    identity: JudgeIdentity = IDENTITY
    unavailable_at: str | None = None
    cases: list[Case] = field(default_factory=list)
    compared: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def grade(self, case: Case) -> GradedAnswer:
        with self.lock:
            self.cases.append(case)
        if case.answer == self.unavailable_at:
            raise ModelUnavailable("The model's endpoint does not answer in time.")
        if case.answer not in self.grades:
            raise NoUsableReply("The model's reply is not what was asked for.")
        return GradedAnswer(grade=self.grades[case.answer], reason=f"because {case.answer}")

    def entails(self, premise: str, hypothesis: str) -> bool:
        with self.lock:
            self.compared.append((premise, hypothesis))
        if "unclear" in hypothesis:
            raise NoUsableReply("The model's reply is not what was asked for.")
        return all(word in premise for word in hypothesis.split())


def answered(text: str, *claims: tuple[str, list[str]]) -> Answered:
    """An answer with these claims, each with the quotes that it cites."""
    return Answered(
        status="answered",
        text=text,
        claims=tuple(
            AnsweredClaim(
                text=claim,
                verdict="supported",
                citations=tuple(Cited(path="a.md", quote=quote) for quote in quotes),
            )
            for claim, quotes in claims
        ),
    )
