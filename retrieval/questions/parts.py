"""The parts of a question that asks for several things."""

from __future__ import annotations

import re

from retrieval.questions.contract import Turn
from retrieval.questions.english import AUXILIARIES, QUESTION_WORDS, content_words, words_of
from retrieval.questions.follow_ups import read_follow_up

_MAX_PARTS = 4

_AUXILIARY = "(?:" + "|".join(sorted(AUXILIARIES - {"be", "been", "being"}, key=len)[::-1]) + r")\b"
_SUBJECT = r"(?:i|we|you|they|he|she|it|there|the|my|our|your|this|that|these|those|an?)\b"
# What begins a question, and not a relative or an adverbial clause: "when I travel" does not.
_QUESTION = (
    rf"(?:(?:what|who|whom|whose|which|why)(?:['’]s)?\b"
    rf"|how\s+(?:{_AUXILIARY}|(?:many|much|long|often|far|soon|early|late|big|high|to)\b)"
    rf"|(?:where|when)(?:['’]s\b|\s+(?:{_AUXILIARY}|(?:in|at|on|for|to)\s))"
    rf"|{_AUXILIARY}\s+{_SUBJECT})"
)
# "…, and once I'm home how soon…"
_CLAUSE = r"(?:(?:once|when|after|if|before|while)\s[^,?;.]{1,40}?[,\s]\s*)?"
_BREAK = re.compile(
    rf"(?:\?\s+(?:(?:and|also|plus|then)\s+)*|[;,]?\s+(?:and|plus|as\s+well\s+as)\s+(?:(?:also|then)\s+)?)"
    rf"(?={_CLAUSE}{_QUESTION})",
    re.IGNORECASE,
)
_LAST_STATEMENT = re.compile(r"\A(.*[.!]\s+)(?=\S)", re.DOTALL)
_COMPARED = re.compile(
    r"\b(?:differences?|differ|compare|comparison|distinction)\b[^?.;]*?\bbetween\s+(.+?)\s+and\s+"
    r"([^?.;]+)|\bcompare\s+(.+?)\s+(?:and|with|to)\s+([^?.;]+)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:between|both|whether)\b[^,;?]*\Z", re.IGNORECASE)


def question_parts(question: str) -> tuple[str, ...]:
    """What a question of several parts asks, one standalone question a part, at most four; empty
    for a question that is one.

    "What is the allowance and who approves it?" has two; the later parts may lean on the first
    one, and are made to stand alone. A statement in front ("We plan a webinar.") is no
    part. "How and when do I apply?" is one question, and so is "bread and butter". "What is
    the difference between A and B?" is searched for as A and as B.
    """
    pieces = [piece.strip() for piece in _BREAK.split(_without_lead(question)) if piece.strip()]
    if not 1 < len(pieces) <= _MAX_PARTS or not _are_questions(pieces):
        return _compared(question)
    parts = [pieces[0]]
    first = Turn(role="user", text=pieces[0])
    parts += [read_follow_up(piece, [first]).question for piece in pieces[1:]]
    return tuple(_ended(part) for part in parts)


def _without_lead(question: str) -> str:
    """From the first question on: the statements before it are searched for with the whole."""
    statements = _LAST_STATEMENT.match(question)
    if statements is None or "?" in statements[1]:
        return question
    return question[statements.end() :]


def _are_questions(pieces: list[str]) -> bool:
    first = words_of(pieces[0])
    return (
        not _BETWEEN.search(pieces[0])
        # "How and when …": what comes before the "and" asks nothing by itself.
        and bool(content_words(pieces[0]))
        and any(word in AUXILIARIES or word.partition("'")[0] in QUESTION_WORDS for word in first)
    )


def _compared(question: str) -> tuple[str, ...]:
    match = _COMPARED.search(question)
    sides = [side.strip() for side in match.groups() if side] if match else []
    return tuple(sides) if all(content_words(side) for side in sides) else ()


def _ended(part: str) -> str:
    return part if part.endswith(("?", ".", "!")) else f"{part}?"
