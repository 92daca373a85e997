"""Dates, times of day and weekdays in a text, each in a normal form that compares.

Normal forms: a date is a year, month and day, any of them unknown; "11/1/2026" has two readings,
month first and day first. A time of day is minutes since midnight, with both readings where
"3:30" does not say which half of the day; its zone, where named, without summer time ("EST" and
"ET" are "ET"). A weekday is 0 (Monday) to 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from serving.checking.units import find_unit


class PartialDate(NamedTuple):
    """A calendar date of which None parts are not said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date at `text[start:end]`; more than one reading where its order is ambiguous."""

    start: int
    end: int
    readings: tuple[PartialDate, ...]


@dataclass(frozen=True, slots=True)
class TimeValue:
    """A time of day at `text[start:end]`, readings in minutes since midnight."""

    start: int
    end: int
    readings: frozenset[int]
    zone: str | None


@dataclass(frozen=True, slots=True)
class WeekdayValue:
    """The weekdays from `first` to `last` (0 is Monday) at `text[start:end]`, around the week's
    end where `last < first`; one day where they are equal.
    """

    start: int
    end: int
    first: int
    last: int

    @property
    def days(self) -> frozenset[int]:
        """Every day from the first to the last."""
        return frozenset((self.first + i) % 7 for i in range((self.last - self.first) % 7 + 1))


CalendarValue = DateValue | TimeValue | WeekdayValue

_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH_NUMBER = MappingProxyType(
    {name[:3].lower(): number for number, name in enumerate(_MONTH_NAMES, start=1)}
)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# In lower case "may" and "march" are words, and so are some short forms ("mar", "dec").
_ALSO_WORDS = frozenset({"March", "May"})


def _cased(name: str) -> str:
    is_name_in_any_case = len(name) > 3 and name not in _ALSO_WORDS
    return f"{name}|{name.upper()}" + (f"|{name.lower()}" if is_name_in_any_case else "")


MONTH = (
    r"\b(?:(?:"
    + "|".join(_cased(name) for name in _MONTH_NAMES)
    + r")\b|(?:"
    + "|".join(_cased(name[:3]) for name in _MONTH_NAMES if name != "May")
    + r"|Sept|SEPT)\b\.?)"
)
_FULL_MONTH = "|".join(_cased(name) for name in _MONTH_NAMES if name not in _ALSO_WORDS)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d\w])"
_TO = r"\s*(?:-|–|—|\bto\b|\bthrough\b)\s*"
_NOT_A_DAY = (
    r"(?!\s*(?:[ap]\.?m\b|:\d|%|percent|minutes?|hours?|days?|weeks?|months?|years?|[.,]\d))"
)

_DATES = re.compile(
    "|".join(
        (
            r"(?<![\d/.-])(?P<iso>(?P<iy>\d{4})(?P<isep>[-/.])(?P<im>\d{1,2})(?P=isep)"
            r"(?P<id>\d{1,2}))(?!\d)",
            r"(?<![\d/.-])(?P<numeric>(?P<n1>\d{1,2})(?P<nsep>[/.-])(?P<n2>\d{1,2})(?P=nsep)"
            r"(?P<ny>\d{4}|(?<=/)\d\d))(?![\d/-])(?!\.\d)",
            rf"(?<![\d.,/-])(?P<dmy>(?:(?P<d1>{_DAY})(?:{_TO}|\s+and\s+))?(?P<d2>{_DAY})\.?\s+"
            rf"(?:of\s+)?(?P<dm>{MONTH})(?:,?\s+(?:of\s+)?(?P<dy>{_YEAR})\b)?)",
            rf"(?P<mdy>(?P<mm>{MONTH})\s+(?:the\s+)?(?P<m1>{_DAY})"
            rf"(?:{_TO}(?P<m2>{_DAY}){_NOT_A_DAY})?(?:,?\s+(?:of\s+)?(?P<my>{_YEAR})\b)?)",
            rf"(?P<month_year>(?P<ym>{MONTH})(?:,|\s+of)?[\s-]+(?P<yy>{_YEAR})\b)",
            rf"(?<![\d-])(?P<year_month>(?P<y1>{_YEAR})-(?P<y2>0[1-9]|1[0-2]))(?![\d-])",
            rf"\b(?P<month>{_FULL_MONTH})\b",
            r"(?<=\b[io]n )(?P<month_on>March|May)\b",
            r"(?<=\bby )(?P<month_by>March|May)\b",
            r"(?<=\b(?:late|till|from|each|this|next|last) )(?P<month_of>March|May)\b",
            r"\bFY[\s-]?['’]?(?P<fiscal>(?:19|20)\d\d|\d\d)\b",
            rf"(?<![\w.,/$€£¥#])(?P<year>{_YEAR})(?:[-–/](?P<year_end>\d\d))?(?![\w%€£]|[.,/]\d)",
        )
    )
)
_DATE_WORD = re.compile(
    r"\d+|\b(?:"
    + "|".join(f"[{name[0]}{name[0].lower()}]{name[1:3]}" for name in _MONTH_NAMES)
    + "|"
    + "|".join(name[:3].upper() for name in _MONTH_NAMES)
    + "|FY)"
)
_AFTER_NUMBER = re.compile(r"\s*-?\s*([^\W\d_]+)")

_HALF = r"([ap])\.?\s?m\b\.?"
_ZONE = (
    r"(?:\s*\(?\b([ECMP])(?:[SD])?T\b|\s*\(?\b(UTC|GMT|CEST|CET|BST|IST)\b"
    r"|\s+\(?(Eastern|Central|Mountain|Pacific)\b)?"
)
_CLOCK = re.compile(
    rf"(?<![\d:.,$])(?:(\d{{1,2}})(?::([0-5]\d))?{_TO})?(\d{{1,2}})(?::([0-5]\d))?\s?(?i:{_HALF}){_ZONE}"
    rf"|(?<![\d:.,])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?(?![\d:]){_ZONE}"
    rf"|\b(?i:(noon|midday|midnight))\b{_ZONE}"
    r"|(?<![\d:.,])(\d{1,2}) o['’]clock\b"
)
_CLOCK_WORD = re.compile(r"\d+|\b(?:[Nn]oon|[Mm]id|NOON|MID)")

_WEEKDAY_NAME = (
    "|".join(_cased(day) for day in _DAY_NAMES) + "|" + "|".join(day.lower() for day in _DAY_NAMES)
)
_WEEKDAY_SHORT = r"Mon|Tues?|Wed|Thurs?|Thu|Fri"
_WEEKDAYS = re.compile(
    rf"\b(?:({_WEEKDAY_NAME})s?|({_WEEKDAY_SHORT})\.?)(?!\w)"
    rf"(?:{_TO}(?:({_WEEKDAY_NAME})s?|({_WEEKDAY_SHORT}|Sat|Sun)\.?)(?!\w))?"
)
_WEEKDAY_NUMBER = MappingProxyType({day[:3].lower(): n for n, day in enumerate(_DAY_NAMES)})


def calendar_values(text: str) -> list[CalendarValue]:
    """Every date, time and weekday in `text`, in order. A range of dates gives its two ends."""
    found: list[CalendarValue] = [*_dates(text), *_times(text), *_weekdays(text)]
    return sorted(found, key=lambda value: (value.start, value.end))


def matches_at(
    pattern: re.Pattern[str], text: str, starts: Iterable[int]
) -> Iterator[re.Match[str]]:
    """What `pattern.finditer` finds, given every place where a match may begin, in order.

    A large pattern tried at every character takes most of the time of a check.
    """
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)):
            yield match
            end = match.end()


def _starts(text: str, words: re.Pattern[str]) -> Iterator[int]:
    return (token.start() for token in words.finditer(text))


def _dates(text: str) -> Iterator[DateValue]:
    for match in matches_at(_DATES, text, _starts(text, _DATE_WORD)):
        for readings in _readings(match, text):
            yield DateValue(match.start(), match.end(), readings)


def _readings(match: re.Match[str], text: str) -> Sequence[tuple[PartialDate, ...]]:
    """The dates that one match holds, each with its readings."""
    group = match.lastgroup
    named = {key: part for key, part in match.groupdict().items() if part is not None}
    if "iso" in named:
        return _checked((PartialDate(int(named["iy"]), int(named["im"]), int(named["id"])),))
    if "numeric" in named:
        return _numeric(int(named["n1"]), int(named["n2"]), named["ny"])
    if "dmy" in named:
        return _days(named.get("dy"), named["dm"], named.get("d1"), named["d2"])
    if "mdy" in named:
        return _days(named.get("my"), named["mm"], named["m1"], named.get("m2"))
    if "month_year" in named:
        return ((PartialDate(int(named["yy"]), _month(named["ym"])),),)
    if "year_month" in named:
        return ((PartialDate(int(named["y1"]), int(named["y2"])),),)
    if "fiscal" in named:
        return ((PartialDate(_full_year(named["fiscal"])),),)
    if "year" in named:
        if _is_followed_by_unit(text, match.end()):
            return ()
        last = named["year"][:2] + named.get("year_end", named["year"][2:])
        return [(PartialDate(int(year)),) for year in dict.fromkeys((named["year"], last))]
    return ((PartialDate(month=_month(named[group])),),) if group else ()


def _numeric(first: int, second: int, year: str) -> Sequence[tuple[PartialDate, ...]]:
    full = _full_year(year)
    return _checked((PartialDate(full, first, second), PartialDate(full, second, first)))


def _checked(readings: tuple[PartialDate, ...]) -> Sequence[tuple[PartialDate, ...]]:
    """The readings that a calendar has; no date at all where none is left."""
    real = tuple(d for d in readings if 1 <= (d.month or 0) <= 12 and 1 <= (d.day or 0) <= 31)
    return (tuple(dict.fromkeys(real)),) if real else ()


def _days(year: str | None, month: str, *days: str | None) -> Sequence[tuple[PartialDate, ...]]:
    number = int(year) if year else None
    return [(PartialDate(number, _month(month), int(day.rstrip("stndrh"))),) for day in days if day]


def _month(name: str) -> int:
    return _MONTH_NUMBER[name[:3].lower()]


def _full_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _is_followed_by_unit(text: str, end: int) -> bool:
    """ "2000 hours" is no year; "2024 m" and "2024 h" are too odd to be amounts."""
    word = _AFTER_NUMBER.match(text, end)
    return word is not None and len(word[1]) > 1 and find_unit(word[1]) is not None


def _times(text: str) -> Iterator[TimeValue]:
    for match in matches_at(_CLOCK, text, _starts(text, _CLOCK_WORD)):
        if match[3]:
            zone = _zone(match.group(6, 7, 8))
            ends = _half_readings(int(match[3]), int(match[4] or 0), match[5])
            if match[1]:
                starts = _range_start(int(match[1]), int(match[2] or 0), match[5])
                yield from _time(match, starts, zone)
            yield from _time(match, ends, zone)
        elif match[9]:
            yield from _time(match, _open_readings(match), _zone(match.group(11, 12, 13)))
        elif match[14]:
            minutes = 0 if match[14].lower() == "midnight" else 720
            yield from _time(match, {minutes}, _zone(match.group(15, 16, 17)))
        else:
            hour = int(match[18]) % 12
            yield from _time(match, {hour * 60, hour * 60 + 720}, None)


def _time(match: re.Match[str], readings: set[int], zone: str | None) -> Iterator[TimeValue]:
    possible = frozenset(minutes for minutes in readings if minutes < 1440)
    if possible:
        yield TimeValue(match.start(), match.end(), possible, zone)


def _half_readings(hour: int, minute: int, half: str) -> set[int]:
    if not 1 <= hour <= 12:
        return {hour * 60 + minute}
    return {(hour % 12 + (12 if half.lower() == "p" else 0)) * 60 + minute}


def _range_start(hour: int, minute: int, half: str) -> set[int]:
    """ "9-11 am" begins at 9 am; "11-1 pm" may begin before noon."""
    same = _half_readings(hour, minute, half)
    return same | _half_readings(hour, minute, "a") if half.lower() == "p" else same


def _open_readings(match: re.Match[str]) -> set[int]:
    hour, minute = int(match[9]) % 24, int(match[10])
    is_twelve_hour = 1 <= hour <= 12 and not match[9].startswith("0")
    minutes = hour * 60 + minute
    return {hour % 12 * 60 + minute, hour % 12 * 60 + minute + 720} if is_twelve_hour else {minutes}


def _zone(names: Sequence[str | None]) -> str | None:
    letter, code, word = names
    if word or letter:
        return f"{(word or letter or '')[0]}T"
    return code


def _weekdays(text: str) -> Iterator[WeekdayValue]:
    for match in _WEEKDAYS.finditer(text):
        first = _WEEKDAY_NUMBER[(match[1] or match[2])[:3].lower()]
        name = match[3] or match[4]
        last = _WEEKDAY_NUMBER[name[:3].lower()] if name else first
        yield WeekdayValue(match.start(), match.end(), first, last)


def is_same_date(claimed: DateValue, quoted: DateValue, quoted_years: frozenset[int]) -> bool:
    """Whether the quoted date says at least what the claimed one says.

    A year that the quote gives elsewhere (`quoted_years`) counts for a date that has none there.
    """
    return any(
        _covers(claim, quote, quoted_years)
        for claim, quote in product(claimed.readings, quoted.readings)
    )


def _covers(claim: PartialDate, quote: PartialDate, quoted_years: frozenset[int]) -> bool:
    if claim.month is not None and claim.month != quote.month:
        return False
    if claim.day is not None and claim.day != quote.day:
        return False
    if claim.year is None or claim.year == quote.year:
        return True
    return quote.year is None and claim.year in quoted_years


def is_same_time(claimed: TimeValue, quoted: TimeValue) -> bool:
    """Whether some reading of both agrees, and their zones where both name one."""
    zones_agree = claimed.zone is None or quoted.zone is None or claimed.zone == quoted.zone
    return zones_agree and bool(claimed.readings & quoted.readings)
