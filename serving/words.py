"""The words of a text that carry meaning."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SUFFIX = re.compile(r"(?:ies|ing|ed|es|s|e)$")
_MIN_STEM = 3
_STOP_WORDS = frozenset(
    (
        "a about after all also am an and any are as at be been before being but by can could did "
        "do does for from get got had has have how i i'm if in into is it it's its just like many "
        "may me much must my need no not of off on once one or our out over own should so some "
        "than that the their them then there these they this those to until up us use want was we "
        "were what what's when where which while who whom whose why will with without would you "
        "your"
    ).split()
)


def iter_words(text: str) -> list[str]:
    """The text's words as they are written, without punctuation."""
    return _WORD.findall(text)


def content_stems(text: str) -> list[str]:
    """The text's words without stop words, cut to crude stems: "reviews" and "review" are one."""
    words = (word.lower().replace("’", "'") for word in _WORD.findall(text))
    return [_stem(word) for word in words if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    stem = _SUFFIX.sub("", word)
    return stem if len(stem) >= _MIN_STEM else word
