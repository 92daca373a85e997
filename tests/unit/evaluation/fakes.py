"""A searcher and an answerer that say what they are told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluation.runner import Answered
from evaluation.sets import Question, Turn


def question(
    id_: str,
    *,
    type_: str = "lookup",
    gold: Sequence[str] = ("a.md",),
    must_contain: Sequence[str] = (),
    history: Sequence[Turn] = (),
) -> Question:
    return Question(
        id=id_,
        question=f"question {id_}",
        type=type_,
        gold=tuple(gold),
        must_contain=tuple(must_contain),
        history=tuple(history),
    )


@dataclass
class FakeSearcher:
    rankings: dict[str, list[str]] = field(default_factory=dict)
    histories: list[Sequence[Turn]] = field(default_factory=list)

    def search(self, question: str, history: Sequence[Turn], *, limit: int) -> list[str]:
        self.histories.append(history)
        return self.rankings.get(question.removeprefix("question "), [])


@dataclass
class FakeAnswerer:
    """Abstains, with words, from every question without an answer."""

    answers: dict[str, str] = field(default_factory=dict)

    def answer(self, question: str, history: Sequence[Turn]) -> Answered:
        text = self.answers.get(question.removeprefix("question "))
        if text is None:
            return Answered(status="abstained", text="Nothing on Wednesday was found.", cited=[])
        return Answered(status="answered", text=text, cited=["a.md"])
