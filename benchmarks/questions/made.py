"""Questions made from a set's own: after another topic, with acronyms swapped, with a typo."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from evaluation.sets import Question, Turn
from retrieval.questions.acronyms import acronym_key, find_acronyms
from retrieval.questions.english import FUNCTION_WORDS

_SEED = 7
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Questions whose topics follow on one another are far from each other in the file.
_DISTANCE = 37


def after_another_topic(questions: Sequence[Question]) -> list[Question]:
    """Each question that has no history, after another one of them and its answer."""
    plain = [question for question in questions if not question.history]
    others = plain[_DISTANCE % len(plain) :] + plain[: _DISTANCE % len(plain)]
    return [
        question.model_copy(
            update={
                "history": (
                    Turn(role="user", content=other.question),
                    Turn(role="assistant", content=other.answer),
                )
            }
        )
        for question, other in zip(plain, others, strict=True)
    ]


def with_acronyms_swapped(questions: Iterable[Question], texts: Iterable[str]) -> list[Question]:
    """Those that hold an acronym defined in the texts, or its long form, with the other form."""
    counts = Counter(
        (item.short, acronym_key(item.long)) for text in texts for item in find_acronyms(text)
    )
    meanings: dict[str, str] = {}
    for (short, long), _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        meanings.setdefault(short, long)
    swapped = ((question, _swapped(question.question, meanings)) for question in questions)
    return [
        question.model_copy(update={"question": text})
        for question, text in swapped
        if text != question.question
    ]


def with_a_typo(questions: Iterable[Question]) -> list[Question]:
    """Each with one letter left out, doubled, replaced or swapped in a word in lower case."""
    chance = random.Random(_SEED)
    return [
        question.model_copy(update={"question": _with_typo(question.question, chance)})
        for question in questions
    ]


def _swapped(text: str, meanings: dict[str, str]) -> str:
    for short, long in meanings.items():
        as_short = re.compile(rf"\b{re.escape(short)}\b")
        as_long = re.compile(rf"\b{re.escape(long)}s?\b", re.IGNORECASE)
        if as_short.search(text):
            text = as_short.sub(long, text)
        elif as_long.search(text):
            text = as_long.sub(short, text)
    return text


def _with_typo(text: str, chance: random.Random) -> str:
    words = [
        match
        for match in re.finditer(r"[A-Za-z]{5,}", text)
        if match[0].islower() and match[0] not in FUNCTION_WORDS
    ]
    if not words:
        return text
    match = chance.choice(words)
    word, at = match[0], chance.randrange(1, len(match[0]) - 1)
    changed = chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + chance.choice(_LETTERS) + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return text[: match.start()] + changed + text[match.end() :]
