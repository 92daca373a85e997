"""Acronyms and what they stand for, as a text itself defines them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MAX_PER_TEXT = 200
_MAX_SHORT_CHARS = 10
_MAX_LONG_CHARS = 100

# Two capitals, or a capital and a digit ("2FA", "C3PO"), in one run of letters and digits.
_SHORT = (
    rf"(?=[\w&./-]{{2,{_MAX_SHORT_CHARS + 1}}}(?![\w&/-]))"
    r"(?:[^\W_]*[A-Z][^\W_]*[A-Z0-9]|\d[^\W_]*[A-Z])[^\W_]*(?:[&/-][^\W_]+)*"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PARENTHESIS = re.compile(r"\(([^()\n]{2,120})\)")
SHORT_FORM = re.compile(rf"(?<![\w&./-]){_SHORT}")
"""What looks like an acronym wherever it stands."""
_LAST_SHORT = re.compile(rf"(?<![\w&./-])({_SHORT})\s*\Z")
_INSIDE_SHORT = re.compile(rf"\s*[\"“'‘]?({_SHORT})[\"”'’]?\s*(?:[,;].*)?")
# A cheap look first: the expression below takes half a millisecond a passage.
_SAYS_SO = re.compile(r"stands\s|short\sfor|acronym|abbreviat|means\s")
_STANDS_FOR = re.compile(
    rf"(?<![\w&./-])({_SHORT})[\"”'’]?,?\s+"
    r"(?:stands\s+for|is\s+short\s+for|short\s+for|is\s+an\s+(?:acronym|abbreviation)\s+(?:for|of)"
    r"|abbreviates|means)\s+"
    r"[\"“'‘]?(?:the\s+|an?\s+)?([^\n.;:()]{3,120})"
)
_ENTRY = re.compile(
    rf"^[\s\-*+•·|]*({_SHORT})(?:\s*\|\s*|\s+[-–—=]+\s+|\s*[:—–]\s+)"
    r"(?:[Tt]he\s+|[Aa]n?\s+)?([^\n|]{3,400})",
    re.MULTILINE,
)
_LONG_CELL_FIRST = re.compile(
    rf"(?:^|\|)[\s\-*+•·]*([^\n|]{{3,{_MAX_LONG_CHARS}}}?)\s*\|\s*({_SHORT})\s*(?=\||$)",
    re.MULTILINE,
)
# Where a definition in running text ends. A hyphen between words does not end it.
_CLAUSE_END = re.compile(r"[.;:,(!?|\n]|\s[-–—]\s|—")
_SENTENCE_BREAK = re.compile(r"[.;:!?|\n]\s|\n|\|")

_SKIPPED_WORDS = frozenset(
    "a an and at by de des der die du et for in of on or the to und with".split()
)
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "multi": "m",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Acronym:
    """A short form and what one text says that it stands for, both as written there."""

    short: str
    long: str


def acronym_key(words: str) -> str:
    """The form under which a short or a long form is looked up: "Chief  Data-Officers" and "chief
    data officer" are one, and so are "CDOs" and "CDO".
    """
    parts = [word.casefold().replace("’", "'") for word in _WORD.findall(words)]
    if parts:
        parts[-1] = _singular(parts[-1].removesuffix("'s"))
    return " ".join(parts)


def find_acronyms(text: str) -> tuple[Acronym, ...]:
    """The acronyms that `text` defines, in order, each pair once; at most 200.

    Found are "long form (SF)", "SF (long form)", "SF stands for long form", and lines or table rows
    of a glossary: "SF - long form", "SF: long form", "SF | long form", "long form | SF". A pair
    counts only if the short form's letters can be found in the long form in order, the first one
    at its beginning. A definition across a line break is not found.

    Source: Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
    biomedical text", PSB 2003, for the candidates around parentheses, the length of their long
    forms, min(|A| + 5, 2|A|) words, and the alignment from right to left. Before it, words
    whose initials spell the short form are preferred: where both exist, they are right.
    """
    found: dict[tuple[str, str], Acronym] = {}
    for short, long in _candidates(text):
        acronym = Acronym(short, " ".join(long.split()))
        if len(found) < _MAX_PER_TEXT and _is_plausible(acronym):
            found.setdefault((acronym_key(acronym.short), acronym_key(acronym.long)), acronym)
    return tuple(found.values())


def _candidates(text: str) -> Iterator[tuple[str, str]]:
    for parenthesis in _PARENTHESIS.finditer(text):
        yield from _around_parenthesis(text, parenthesis)
    if _SAYS_SO.search(text):
        for match in _STANDS_FOR.finditer(text):
            yield from _defined_after(match[1], match[2])
    for match in _ENTRY.finditer(text):
        yield from _defined_after(match[1], match[2])
    if "|" in text:
        for match in _LONG_CELL_FIRST.finditer(text):
            yield from _whole(match[2], match[1])


def _around_parenthesis(text: str, parenthesis: re.Match[str]) -> Iterator[tuple[str, str]]:
    inside = _INSIDE_SHORT.fullmatch(parenthesis[1])
    before = text[max(0, parenthesis.start() - 200) : parenthesis.start()]
    if inside:
        sentence = _SENTENCE_BREAK.split(before)[-1]
        short = _singular_short(inside[1])
        long = _long_form_before(short, sentence)
        if long:
            yield short, long
    elif outside := _LAST_SHORT.search(before):
        yield from _whole(_singular_short(outside[1]), parenthesis[1])


def _long_form_before(short: str, sentence: str) -> str | None:
    """The words at the end of `sentence` that `short` abbreviates."""
    limit = min(len(short) + 5, 2 * len(short))
    words = list(_WORD.finditer(sentence))[-limit:]
    if not words or sentence[words[-1].end() :].strip(" \t\"”’'*_"):
        return None
    for count in range(1, len(words) + 1):
        if _initials_spell(short, [word[0] for word in words[-count:]]):
            return sentence[words[-count].start() : words[-1].end()]
    start = _align(short, sentence[words[0].start() : words[-1].end()])
    return None if start is None else sentence[words[0].start() + start : words[-1].end()]


def _defined_after(short: str, text: str) -> Iterator[tuple[str, str]]:
    """The words at the beginning of `text` that `short` abbreviates: the first whose initials spell
    it, else the whole first clause.
    """
    short = _singular_short(short)
    clause = text[: end.start()] if (end := _CLAUSE_END.search(text)) else text
    words = list(_WORD.finditer(clause))[: min(len(short) + 5, 2 * len(short))]
    for count in range(1, len(words) + 1):
        if _initials_spell(short, [word[0] for word in words[:count]]):
            yield short, clause[words[0].start() : words[count - 1].end()]
            return
    yield from _whole(short, clause)


def _whole(short: str, text: str) -> Iterator[tuple[str, str]]:
    """All of `text`, where it is not too long and its first letter is the short form's."""
    text = text.strip(" \t\"“”‘’'*_.,")
    count = len(_WORD.findall(text))
    if 0 < count <= min(len(short) + 5, 2 * len(short)) and _align(short, text) == 0:
        yield short, text


def _initials_spell(short: str, words: Sequence[str]) -> bool:
    """Whether the words' first letters are the short form's; small words may be passed over."""
    letters = [char.casefold() for char in short if char.isalnum()]
    initials = [_NUMBER_WORDS.get(word.casefold(), word)[0].casefold() for word in words]
    if words[0].casefold() in _SKIPPED_WORDS or words[-1].casefold() in _SKIPPED_WORDS:
        return False
    if initials == letters:
        return True
    full = [
        initial
        for initial, word in zip(initials, words, strict=True)
        if word.casefold() not in _SKIPPED_WORDS
    ]
    return full == letters


def _align(short: str, text: str) -> int | None:
    """Schwartz and Hearst's alignment: each letter of `short`, last first, at the rightmost place
    left of the one before; the first letter begins a word. Returns where the long form begins.
    """
    at = len(text)
    letters = [char.casefold() for char in short if char.isalnum()]
    for number, letter in reversed(list(enumerate(letters))):
        at -= 1
        while at >= 0 and not (
            text[at].casefold() == letter and (number > 0 or at == 0 or not text[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    return at


def _is_plausible(acronym: Acronym) -> bool:
    short, long = acronym.short, acronym.long
    words = [word.casefold() for word in _WORD.findall(long)]
    return (
        len(short) <= _MAX_SHORT_CHARS
        and len(short) < len(long) <= _MAX_LONG_CHARS
        and sum(char.isalpha() for char in short) >= 2
        and short.casefold() not in words
        and "@" not in long
        # A word in capitals is no acronym of the sentence before it.
        and len("".join(words)) >= len(short) + 2
    )


def _singular_short(short: str) -> str:
    """ "SLOs" is "SLO", but "DNS" and "iOS" are what they are."""
    is_plural = len(short) > 2 and short.endswith("s") and short[-2].isupper()
    return short[:-1] if is_plural else short


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
