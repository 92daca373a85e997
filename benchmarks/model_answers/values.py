"""Numbers in a text, read without any of the code that checks claims.

Simple on purpose: what this finds invented may be a number in other words, and is looked at by a
person; what the checker overlooks must not be overlooked here by the same mistake.
"""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})(?:-(?:{'|'.join(_ONES[1:10])}))?\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_LIST_MARK = re.compile(r"^\s*\d{1,2}[.)]\s+")


def numbers_in(text: str) -> set[str]:
    """As digits, without thousands separators and leading zeros; small ones written out, too."""
    digits = {_plain(found) for found in _NUMBER.findall(text)}
    return digits | {str(_value(found)) for found in _WORD.findall(text)}


def invented_numbers(claim: str, quotes: str) -> set[str]:
    """The numbers in the claim's digits that its quotes have neither as digits nor as words."""
    said = {_plain(found) for found in _NUMBER.findall(_LIST_MARK.sub("", claim, count=1))}
    return said - numbers_in(quotes)


def _plain(number: str) -> str:
    return number.replace(",", "").lstrip("0") or "0"


def _value(words: str) -> int:
    return sum(_WORDS[word] for word in words.lower().split("-"))
