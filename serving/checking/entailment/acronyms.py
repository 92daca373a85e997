"""Acronyms of one text that stand for words of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ACRONYM = re.compile(
    r"(?<![^\W_])(?:[A-Z]{2,7}|(?:[A-Z]\.){2,7}|[A-Z][a-z]?[A-Z][A-Za-z]{0,4})(?![^\W_])"
)
_WORD = re.compile(r"[^\W\d_]+")
# They have a letter in some acronyms and none in others.
_SMALL = frozenset("a an and at for in of on or the to with".split())
_MAX_WORDS = 9


def resolved_words(claim: str, others: Sequence[str]) -> list[tuple[int, int]]:
    """Spans of the claim: words that an acronym of the other texts stands for, and acronyms that
    stand for words of the other texts.

    An acronym stands for words that follow each other and begin with its letters; a plural "s" is
    ignored, and small words may be passed over: "OCFO" is "Office of the Chief Financial Officer".
    """
    foreign = {_letters(match[0]) for other in others for match in _ACRONYM.finditer(other)}
    found = [span for letters in foreign for span in _expansions(letters, claim)]
    for match in _ACRONYM.finditer(claim):
        letters = _letters(match[0])
        if any(True for other in others for _ in _expansions(letters, other)):
            found.append(match.span())
    return found


def _letters(acronym: str) -> str:
    plain = acronym.replace(".", "")
    return (plain[:-1] if len(plain) > 2 and plain[-1] == "s" else plain).lower()


def _expansions(letters: str, text: str) -> Iterator[tuple[int, int]]:
    spans = [match.span() for match in _WORD.finditer(text)]
    words = [text[start:end].lower() for start, end in spans]
    for first, word in enumerate(words):
        if word[0] != letters[0] or word == letters or word in _SMALL:
            continue
        last = _match(letters, words[first : first + _MAX_WORDS])
        if last is not None:
            yield spans[first][0], spans[first + last][1]


def _match(letters: str, words: Sequence[str]) -> int | None:
    """The place of the last of the words that the letters stand for, which begin with the first."""
    used = 0
    for place, word in enumerate(words):
        if word[0] == letters[used]:
            used += 1
            if used == len(letters):
                return place
        elif word not in _SMALL:
            return None
    return None
