"""A searcher and an answerer that say what they are told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluation.answers import Answered
from evaluation.outcome import Outcome
from evaluation.passages import FoundPassage
from evaluation.sets import Question, Turn


def question(
    id_: str,
    *,
    type_: str = "lookup",
    gold: Sequence[str] = ("a.md",),
    evidence: Sequence[str] = (),
    must_contain: Sequence[str] = (),
    history: Sequence[Turn] = (),
    language: str | None = None,
    source: str | None = None,
    access: str | None = None,
) -> Question:
    return Question(
        id=id_,
        question=f"question {id_}",
        type=type_,
        gold=tuple(gold),
        evidence=tuple(evidence),
        must_contain=tuple(must_contain),
        history=tuple(history),
        language=language,
        source=source,
        access=access,
    )


def passages(*paths: str, texts: Sequence[str] = (), source: str = "") -> tuple[FoundPassage, ...]:
    """One passage a path, with these texts or none."""
    filled = [*texts, *[""] * (len(paths) - len(texts))]
    return tuple(
        FoundPassage(path=path, text=text, chunk_id=f"chunk {number}", source=source)
        for number, (path, text) in enumerate(zip(paths, filled, strict=True))
    )


def outcome(
    paths: Sequence[str],
    *,
    gold: Sequence[str] = ("a.md",),
    type_: str = "lookup",
    evidence: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> Outcome:
    return Outcome(
        question=question("1", type_=type_, gold=gold, evidence=evidence),
        passages=passages(*paths, texts=texts),
    )


@dataclass
class FakeSearcher:
    rankings: dict[str, list[str]] = field(default_factory=dict)
    asked: list[list[Question]] = field(default_factory=list)

    def search_many(self, questions: Sequence[Question]) -> list[list[FoundPassage]]:
        self.asked.append(list(questions))
        return [list(passages(*self.rankings.get(q.id, []))) for q in questions]


@dataclass
class FakeAnswerer:
    """Abstains, with words, from every question without an answer."""

    answers: dict[str, str] = field(default_factory=dict)

    def answer(self, question: Question) -> Answered:
        text = self.answers.get(question.id)
        if text is None:
            return Answered(status="abstained", text="Nothing on Wednesday was found.")
        return Answered(status="answered", text=text, cited=("a.md",))
