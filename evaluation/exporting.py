"""From judged answers, as the API shows them, to an evaluation set for the same server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from evaluation.sets import UNANSWERABLE, Question, Turn

_QUESTIONS = "questions.jsonl"
_UNREVIEWED = "unreviewed"
_NAMES_NOTHING = "question whose documents nobody named"
_WITHHELD = "question with documents that are gone, or that you may not read"


@dataclass(frozen=True, slots=True)
class Export:
    """How many questions were written, and by reason how many were left out."""

    questions: int
    left_out: dict[str, int] = field(default_factory=dict)


def export_cases(
    answers: Iterable[Mapping[str, Any]], folder: Path, *, as_asker: bool = False
) -> Export:
    """Write `folder/questions.jsonl` of judged answers (`JudgedAnswer` of the API).

    An accepted one has the fields of its case. One that is not reviewed has the type `unreviewed`,
    and the documents that its asker expected for gold. With `as_asker` each is asked for whom it
    was answered. Raises ConfigurationError if there is a set already, or nothing to write.
    """
    file = folder / _QUESTIONS
    if file.exists():
        raise ConfigurationError(f"{file} is there already. Name another folder.")
    questions = []
    left_out: Counter[str] = Counter()
    for answer in answers:
        question = _question(answer, as_asker=as_asker)
        if not _is_complete(answer["feedback"]):
            left_out[_WITHHELD] += 1
        elif question.gold or question.type == UNANSWERABLE:
            questions.append(question)
        else:
            left_out[_NAMES_NOTHING] += 1
    if not questions:
        raise ConfigurationError(
            f"There is nothing to export: {left_out.total()} judged answers name no document, or "
            "one that you may not read. Accept feedback with `vouch feedback review`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    lines = (
        question.model_dump_json(by_alias=True, exclude_defaults=True) for question in questions
    )
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return Export(len(questions), dict(left_out))


def _is_complete(feedback: Mapping[str, Any]) -> bool:
    """Whether nothing of what makes the question is withheld: a case of half its gold, or without
    what an answer must contain, would be another case.
    """
    said = feedback if feedback["case"] is None else feedback["case"]
    return bool(said["is_complete"])


def _question(answer: Mapping[str, Any], *, as_asker: bool) -> Question:
    feedback = answer["feedback"]
    case = feedback["case"]
    gold = feedback["expected_documents"] if case is None else case["gold"]
    sources = {document["source"] for document in gold}
    return Question(
        id=answer["id"],
        question=answer["question"],
        type=_UNREVIEWED if case is None else case["type"],
        gold=tuple(document["path"] for document in gold),
        answer=feedback["expected_answer"] if case is None else case["answer"],
        must_contain=() if case is None else tuple(case["must_contain"]),
        history=tuple(
            Turn(role="user", content=earlier) for earlier in answer["earlier_questions"]
        ),
        # Documents of one path may be in several sources; a question can name only one of them.
        source=sources.pop() if len(sources) == 1 else None,
        as_user=answer["asked_by"] if as_asker else None,
    )
