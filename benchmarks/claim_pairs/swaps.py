"""Small changes that make a sentence false: None where the sentence has nothing to change."""

from __future__ import annotations

import random
import re

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday".split()
_NUMBER = re.compile(r"(?<![\w.,#/$:-])\d{1,4}(?![\w:/%]|[.,-]\d)")
_WORD_NUMBERS = "two three four five six seven eight nine ten twelve fifteen twenty thirty".split()
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_WORD_NUMBERS)})\b")
_DATE = re.compile(rf"\b(?:{'|'.join((*_MONTHS, *_DAYS))})\b(?!-)")
_MAY = re.compile(r"\bMay\b(?! \d)")
_AMOUNT = re.compile(r"\$(\d[\d,]*)|\b(\d{1,3})(?=%)")
_UNITS = ("hour", "day", "week", "month", "year")
_UNIT = re.compile(rf"(?<=[\d\w] )(?P<unit>{'|'.join(_UNITS)})(?P<plural>s?)\b")
_COUNTED = re.compile(rf"(?:\d|\b(?:{'|'.join(_WORD_NUMBERS)}))\s$")
_NAMES = (
    "Slack", "Google Drive", "GitHub", "Tock", "Concur", "HR Links", "Zoom", "Trello", "Figma",
    "GSA", "TTS", "18F", "OPM", "FEMA", "NASA", "cloud.gov", "Login.gov", "Mural", "DocuSign",
)  # fmt: skip
_NAME = re.compile(rf"(?<![\w@./-])(?:{'|'.join(map(re.escape, _NAMES))})(?![\w./-]|\.\w)")
_SUBORDINATE = re.compile(
    r"\b(?:if|when|whether|that|which|who|whom|whose|what|how|where|why|because|since|while|although"
    r"|unless|until|once|as|so|before|after|whatever|whoever|you've|not|n't|never|no|none|only"
    r"|neither|nor|cannot|please)\b|n't|[,;:(]",
    re.IGNORECASE,
)
_AFFIRMED = re.compile(r"\b(must|should|can|may|will|is|are|was|were)\b(?= [a-z])")
_DENIED = re.compile(
    r"\b(must|should|may|will|is|are|was|were|do|does|did) not (?!only|just|limited|necessarily)"
    r"|\b(is|are|was|were|do|does|did|should|must)n['’]t "
    r"|\b(can)(?:not| not|['’]t) (?!only|just)"
)
_MODALS = {
    "must": "may",
    "may": "must",
    "should": "must",
    "can": "must",
    "are required to": "may",
    "need to": "may",
    "always": "sometimes",
    "usually": "always",
}
_MODAL = re.compile(
    rf"(?<!not )(?<!will )(?<!['’]ll )(?<!would )\b(?:{'|'.join(_MODALS)})\b"
    r"(?! (?:not|be able|help|also be found))"
)


def swapped_number(sentence: str, chance: random.Random) -> str | None:
    """One number, in figures or in a word, becomes another that the sentence does not have."""
    if (match := _NUMBER.search(sentence)) is not None:
        number = int(match[0])
        other = next(
            changed
            for step in (chance.choice((1, 2, 3, 7)), 11, 13, 17)
            if str(changed := number + step) not in sentence
        )
        return _replaced(sentence, match, str(other))
    if (match := _NUMBER_WORD.search(sentence)) is not None:
        words = [word for word in _WORD_NUMBERS if word not in sentence]
        return _replaced(sentence, match, chance.choice(words))
    return None


def swapped_date(sentence: str, chance: random.Random) -> str | None:
    """A month or a weekday becomes another."""
    match = _DATE.search(sentence)
    if match is None or (match[0] == "May" and _MAY.match(sentence, match.start())):
        return None
    names = _MONTHS if match[0] in _MONTHS else _DAYS
    return _replaced(
        sentence, match, chance.choice([name for name in names if name not in sentence])
    )


def swapped_amount(sentence: str, chance: random.Random) -> str | None:
    """An amount of dollars or a percentage becomes another."""
    match = _AMOUNT.search(sentence)
    if match is None:
        return None
    number = int((match[1] or match[2]).replace(",", ""))
    other = f"{number * 2 + chance.choice((1, 5, 10)):,}"
    return _replaced(sentence, match, f"${other}" if match[1] else other)


def swapped_unit(sentence: str, chance: random.Random) -> str | None:
    """ "10 days" become 10 weeks."""
    for match in _UNIT.finditer(sentence):
        if _COUNTED.search(sentence[: match.start()]):
            others = [unit for unit in _UNITS if unit not in sentence]
            return _replaced(sentence, match, f"{chance.choice(others)}{match['plural']}")
    return None


def swapped_name(sentence: str, chance: random.Random) -> str | None:
    """A tool or an organisation becomes another."""
    match = _NAME.search(sentence)
    if match is None:
        return None
    others = [name for name in _NAMES if name not in sentence]
    return _replaced(sentence, match, chance.choice(others))


def flipped(sentence: str, chance: random.Random) -> str | None:
    """The main clause is denied, or affirmed where it was denied: only where its verb comes before
    anything that is subordinate.
    """
    if (denied := _DENIED.search(sentence)) is not None:
        if _SUBORDINATE.search(sentence[: denied.start()]) or len(_DENIED.findall(sentence)) > 1:
            return None
        verb = next(group for group in denied.groups() if group)
        kept = "" if verb in ("do", "does", "did") else f"{verb} "
        if verb in ("does", "did"):
            return None
        return _replaced(sentence, denied, kept)
    affirmed = _AFFIRMED.search(sentence)
    if affirmed is None or _SUBORDINATE.search(sentence[: affirmed.start()]):
        return None
    if _SUBORDINATE.search(sentence[affirmed.end() : affirmed.end() + 12]):
        return None
    verb = affirmed[1]
    return _replaced(sentence, affirmed, "cannot" if verb == "can" else f"{verb} not")


def changed_modality(sentence: str, chance: random.Random) -> str | None:
    """What must be may be, and the other way round."""
    match = _MODAL.search(sentence)
    if match is None:
        return None
    return _replaced(sentence, match, _MODALS[match[0]])


def _replaced(sentence: str, match: re.Match[str], text: str) -> str:
    return f"{sentence[: match.start()]}{text}{sentence[match.end() :]}"
