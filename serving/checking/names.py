"""The claim's names are in its quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from serving.checking.contract import CheckOutcome, Quote
from serving.checking.date_values import MONTH
from serving.checking.found import found_outcome
from serving.checking.values import strip_markers
from serving.sentences import iter_sentences

_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?:\.[\w-]+)*\.(?:gov|com|org|net|io|test)\b(?:/[^\s<>\"]*)?"
)
_CAPITALISED = re.compile(r"(?<![\w@./-])[A-Z][\w’'-]*[\w]|(?<![\w@./-])[a-z]+[A-Z]\w*")
_CALENDAR = re.compile(rf"(?:{MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?$")
_WORD = re.compile(r"\w+")
# Written with a capital without naming anything.
_NO_NAMES = frozenset("i i'm i've i'll i'd ok yes no note mr mrs ms dr".split())
_MIN_ACRONYM = 2


class NamesCheck:
    """Names of people, tools, organisations and places, acronyms, and addresses.

    All found in the quotes or their headings: `supported`; some: `partial`; none: `unsupported`.
    A name is a word with a capital that does not open its sentence, or a word with a capital
    inside. Case and a plural's or genitive's ending are not compared. An acronym is found, too,
    where the quotes or the claim itself write it out ("Paid Parental Leave" for PPL), and the other
    way round.

    Known limits. A name that opens a sentence is left to the other layers, unless it is an acronym
    or has a capital inside. In languages that write nouns with a capital every noun is a name, and
    a translated one is missed.
    """

    name: ClassVar[str] = "names"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        quoted = "\n".join(f"{quote.header}\n{quote.text}" for quote in quotes)
        claimed = list(dict.fromkeys(_names(text)))
        known = {_key(word) for word in _WORD.findall(quoted)}
        missing = [name for name in claimed if not _is_in(name, quoted, known, text)]
        return found_outcome(self.name, missing, len(claimed))


def _names(text: str) -> list[str]:
    addresses = [(match.start(), match[0].rstrip(".,;:!?)")) for match in _ADDRESS.finditer(text)]
    rest = _ADDRESS.sub(" ", text)
    openings = {_opening(text, span.start) for span in iter_sentences(text)}
    openings |= {_opening(rest, span.start) for span in iter_sentences(rest)}
    names = [address for _, address in addresses]
    for match in _CAPITALISED.finditer(rest):
        name = _POSSESSIVE.sub("", match[0])
        opens = match.start() in openings and not _has_inner_capital(name)
        if not opens and not _CALENDAR.fullmatch(name) and name.lower() not in _NO_NAMES:
            names.append(name)
    return names


def _opening(text: str, start: int) -> int:
    """Where the first word of a sentence begins."""
    word = _WORD.search(text, start)
    return word.start() if word else start


def _has_inner_capital(name: str) -> bool:
    return any(char.isupper() for char in name[1:])


def _is_in(name: str, quoted: str, known: set[str], claim: str) -> bool:
    if "@" in name or "." in name or "/" in name:
        return name.casefold() in quoted.casefold()
    parts = _WORD.findall(name)
    if all(_key(part) in known for part in parts):
        return True
    if name.isupper() and len(name) >= _MIN_ACRONYM:
        return _is_written_out(name, quoted) or _is_written_out(name, claim)
    return any(
        _is_written_out(acronym, claim) and name.casefold() in claim.casefold()
        for acronym in re.findall(r"\b[A-Z]{2,6}\b", quoted)
    )


def _is_written_out(acronym: str, text: str) -> bool:
    """Whether words that follow each other begin with the acronym's letters."""
    letters = r"[a-z]*(?:[\s-]+(?:of|and|the|for|to|in|on))*[\s-]+".join(
        re.escape(letter) for letter in acronym
    )
    return re.search(rf"\b{letters}", text, re.IGNORECASE) is not None


def _key(word: str) -> str:
    lowered = word.casefold()
    return lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") else lowered
