"""A sentence with one thing in it exchanged: it no longer says what it said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from benchmarks.claim_pairs.pair import stable_number

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NUMERALS = "two three four five six seven eight nine ten eleven twelve".split()
_FIGURE = r"\d+(?:,\d{3})*(?:\.\d+)?"
_COUNTED = (
    r"(?:calendar |business |working |consecutive |full |billable )?(?:seconds?|minutes?|hours?|"
    r"days?|weeks?|months?|years?|nights?|pay periods?|people|characters?|employees?|miles?|"
    r"percent|pages?|members?|quarters?|sprints?|steps?|participants?|candidates?|levels?)\b"
)
_COUNT = re.compile(
    rf"(?<![\w$.,/-])({_FIGURE}|{'|'.join(_NUMERALS)})(?=[ -](?:or more |to \d+ )?{_COUNTED}|%)",
    re.IGNORECASE,
)
_MONEY = re.compile(rf"(\$)({_FIGURE})")
_MONTH_DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})(?!\d)(st|nd|rd|th)?")
_MONTH = re.compile(rf"\b(?:in|of|by|until|since|early|late|each|every) ({'|'.join(_MONTHS)})\b")
_YEAR = re.compile(r"\b(?:in|since|of|by|until|before|after|FY|,) ((?:19|20)\d\d)\b")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})(?=s?\b)")
_UNIT = re.compile(
    rf"(?<!between )\b(?:{_FIGURE}|{'|'.join(_NUMERALS)})[ -]"
    r"(?:calendar |business |working |full )?((minute|hour|day|week|month|year)s?)\b",
    re.IGNORECASE,
)
_OTHER_UNIT = MappingProxyType(
    {
        "minute": "hour",
        "hour": "day",
        "day": "week",
        "week": "month",
        "month": "week",
        "year": "month",
    }
)
# Each name gives way to another of its kind that the sentence does not hold.
_NAMES = tuple(
    tuple(names.split(", "))
    for names in (
        "Slack, Trello, Mural, Zoom, Figma, Airtable, GitHub, Concur, HR Links, Smartsheet, "
        "Google Drive, Gmail, Google Calendar, Google Meet, DocuSign, Salesforce, Qualtrics, "
        "Google Docs, Google Forms, Microsoft Teams, Adobe Sign, New Relic, Eventbrite",
        "OPM, OMB, FEMA, NASA, DHS, IRS, USDA",
        "PeopleOps, TTS Ops, OGC, OSC, GSA IT, OHRM",
        "Login.gov, cloud.gov, FedRAMP, Data.gov, USA.gov, Search.gov, Federalist",
        "Washington, Chicago, New York, San Francisco, Denver, Kansas City",
        "California, Texas, Illinois, Ohio, Virginia, Maryland",
        "Windows, Linux, Android",
        "Safari, Firefox, Chrome",
    )
)
_MODALS: Mapping[str, str] = MappingProxyType(
    {"must": "may", "may": "must", "should": "can", "can": "should"}
)
_MODAL = re.compile(
    r"\b(must|may|should|can)\b(?![’'])(?! (?:not|also|either|only|always|never)\b)"
)
_FORECAST = re.compile(
    r" (?:be|have|need|take|also|see|want|wonder|feel|find|include|require|vary|change|differ|"
    r"apply|contain|happen|occur|help|result|cause|seem|look|affect|become|receive|get|lead|lose|"
    r"experience|encounter|wish|like|prefer|otherwise|notice|come|hear|qualify)\b"
)
_PERMITTED = re.compile(
    r"\b(?:[Yy]ou|[Ee]mployees?|[Ss]taff|[Ss]upervisors?|[Mm]anagers?|[Tt]eams?|[Mm]embers?|"
    r"[Ww]e|[Pp]eople|[Tt]ravelers?|[Aa]nyone|TTS|GSA|18F)$"
)

Swap = Callable[[str], Iterator[str]]


def numbers(text: str) -> Iterator[str]:
    """Counts, durations and percentages: "10 days" becomes "14 days", "three" becomes "five"."""
    for match in _COUNT.finditer(text):
        yield _put(text, match.span(1), _other_number(match[1], text))


def amounts(text: str) -> Iterator[str]:
    """Sums of money, and their currency."""
    for match in _MONEY.finditer(text):
        yield _put(text, match.span(2), _other_number(match[2], text))
        if stable_number(text, "currency") % 4 == 0:
            yield _put(text, match.span(1), "€")


def dates(text: str) -> Iterator[str]:
    """Another month, day, year or weekday."""
    for match in _MONTH_DAY.finditer(text):
        day = int(match[2])
        if match[3] is None:
            yield _put(text, match.span(2), str(day + 3 if day < 25 else day - 4))
        yield _put(text, match.span(1), _next(match[1], _MONTHS, text))
    for match in _MONTH.finditer(text):
        yield _put(text, match.span(1), _next(match[1], _MONTHS, text))
    for match in _YEAR.finditer(text):
        year = next(
            str(int(match[1]) + step)
            for step in (2, 3, 4, 5)
            if str(int(match[1]) + step) not in text
        )
        yield _put(text, match.span(1), year)
    for match in _WEEKDAY.finditer(text):
        yield _put(text, match.span(1), _next(match[1], _WEEKDAYS, text))


def units(text: str) -> Iterator[str]:
    """Days for hours, months for weeks."""
    for match in _UNIT.finditer(text):
        other = _OTHER_UNIT[match[2].lower()]
        if other not in text.lower():
            yield _put(text, match.span(2), other)


def names(text: str) -> Iterator[str]:
    """A tool, agency, office, place or program for another of its kind."""
    for group in _NAMES:
        for name in group:
            match = re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w| [A-Z])", text)
            is_whole = match is not None and not re.search(r"[A-Z]\w* $", text[: match.start()])
            if match is not None and is_whole and any(other not in text for other in group):
                yield _put(text, match.span(), _next(name, group, text))


def modality(text: str) -> Iterator[str]:
    """What must be done may be done, what should be done can be done, and the other way round."""
    matches = list(_MODAL.finditer(text))
    if len(matches) != 1:
        return
    match = matches[0]
    if re.search(r"\b[Aa]s (?:\w+ as )?\w+ $", text[: match.start()]):  # "as soon as you can"
        return
    is_permission = match[1] in ("may", "can")
    if is_permission and (
        _FORECAST.match(text, match.end()) or not _PERMITTED.search(text[: match.start()].rstrip())
    ):
        return
    yield _put(text, match.span(), _MODALS[match[1]])


def _other_number(number: str, text: str) -> str:
    """Of the same form, near the number, and nowhere in the text."""
    lowered = number.lower()
    if lowered in _NUMERALS:
        other = _next(lowered, _NUMERALS, text.lower())
        return other.capitalize() if number[0].isupper() else other
    value = float(number.replace(",", ""))
    for factor in _factors(text):
        changed = value * factor
        if "." in number:
            shown = f"{changed:.{len(number.partition('.')[2])}f}"
        else:
            shown = f"{round(changed):,}" if "," in number else str(round(changed))
        if (
            round(changed) > 1
            and shown != number
            and not re.search(rf"(?<!\d){re.escape(shown)}(?!\d)", text)
        ):
            return shown
    return str(round(value) + 7)


def _factors(text: str) -> tuple[float, ...]:
    factors = (1.5, 2, 1.2, 0.5, 3, 0.8, 10)
    first = stable_number(text, "factor") % len(factors)
    return factors[first:] + factors[:first]


def _next(word: str, words: tuple[str, ...] | list[str], text: str) -> str:
    """Another one, chosen by the text, that the text does not hold."""
    others = [other for other in words if other != word and other not in text]
    return others[stable_number(text, word) % len(others)]


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]
