"""The claim's dates, times and weekdays are in its quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from serving.checking.contract import CheckOutcome, Quote
from serving.checking.date_values import (
    CalendarValue,
    DateValue,
    TimeValue,
    WeekdayValue,
    is_same_date,
    is_same_time,
)
from serving.checking.found import found_outcome, is_verbatim
from serving.checking.values import TextValues, read_values, strip_markers

_INTEGER = re.compile(r"\d[\d,]*")


class DatesCheck:
    """Dates in any order and precision, years, times of day and weekdays.

    All found: `supported`; some: `partial`; none: `unsupported`. The quote may say more than the
    claim ("November 2026" of "2026-11-01"), never less: only a missing year may stand elsewhere
    in the quotes. "11/1/2026" is November 1 or 11 January, whichever helps; "3:30" is either half
    of the day. A claimed weekday may lie within a quoted span ("Monday to Friday").

    Known limits. Relative dates ("tomorrow", "the following Monday"), spans ("between 1 and 5
    November" for the 3rd), "weekdays", seasons and holidays are not resolved, and month names are
    read in English only. A date is looked for anywhere in the quotes, whatever it is said of. A day
    and month in figures without a year ("11/1") are numbers. A weekday is not compared with the
    date beside it, and times in different zones are never converted.
    """

    name: ClassVar[str] = "dates"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        claimed = read_values(text).calendar
        if not claimed:
            return found_outcome(self.name, [], 0)
        texts = [quote.text for quote in quotes]
        read = [read_values(quote) for quote in texts]
        if is_verbatim(claim, texts, read):
            return found_outcome(self.name, [], len(claimed))
        quoted = _Quoted.of(texts, read)
        missing = [text[v.start : v.end] for v in claimed if not quoted.has(v)]
        return found_outcome(self.name, missing, len(claimed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quoted:
    """What the quotes say together."""

    dates: tuple[DateValue, ...]
    times: tuple[TimeValue, ...]
    weekdays: frozenset[int]
    years: frozenset[int]
    integers: frozenset[str]

    @classmethod
    def of(cls, texts: Sequence[str], read: Sequence[TextValues]) -> _Quoted:
        values = [value for one in read for value in one.calendar]
        dates = tuple(value for value in values if isinstance(value, DateValue))
        spans = [value.days for value in values if isinstance(value, WeekdayValue)]
        found = (number for text in texts for number in _INTEGER.findall(text))
        return cls(
            dates=dates,
            times=tuple(value for value in values if isinstance(value, TimeValue)),
            weekdays=frozenset().union(*spans),
            years=frozenset(r.year for date in dates for r in date.readings if r.year is not None),
            integers=frozenset(number.replace(",", "") for number in found),
        )

    def has(self, claimed: CalendarValue) -> bool:
        if isinstance(claimed, DateValue):
            same = any(is_same_date(claimed, quoted, self.years) for quoted in self.dates)
            return same or self._has_number(claimed)
        if isinstance(claimed, TimeValue):
            return any(is_same_time(claimed, quoted) for quoted in self.times)
        return {claimed.first, claimed.last} <= self.weekdays

    def _has_number(self, claimed: DateValue) -> bool:
        """ "2000" alone may be an amount; then the quotes may have it as one."""
        reading = claimed.readings[0]
        is_year_alone = reading.month is None and reading.day is None
        return is_year_alone and str(reading.year) in self.integers
