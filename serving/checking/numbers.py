"""The claim's amounts are in its quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from serving.checking.contract import CheckOutcome, Quote
from serving.checking.date_values import DateValue
from serving.checking.found import found_outcome, is_verbatim
from serving.checking.quantity_values import ORDINAL, QuantityValue
from serving.checking.units import mentioned_rates, mentioned_units
from serving.checking.values import TextValues, read_values, strip_markers

_FALLING = re.compile(
    r"\b(?:below|decline\w*|decreas\w*|deficit|down|drop\w*|fall\w*|fell|less|loss|lost|lower\w*|"
    r"minus|negative|reduc\w*|shr[aiu]nk)\b",
    re.IGNORECASE,
)
_ALIASES = {"pound": frozenset({"GBP", "lb"})}
_DIGITS = re.compile(r"(?<!\d)\d{1,18}(?!\d)")


class NumbersCheck:
    """Numbers, percentages, amounts of money, durations, other units, ordinals and codes.

    All found: `supported`; some: `partial`; none: `unsupported`. Compared in the normal forms of
    `quantity_values`, so "2 weeks" is "14 days", but "27 days" is not "27 hours", "$5" is not
    "€5" and "10 days" is not "10 working days". A number without a unit in the quote lends itself
    to a unit that the quotes name elsewhere (a table's header); a bare number in the claim
    matches any unit, a counted one ("30 people") only a number without a unit.

    Known limits. A number is looked for anywhere in the quotes, so two that swap places, or a
    number given to another subject ("30 people", "30 servers"), are not noticed. Sums, rounding
    ("about 1.2 million" for 1,234,567), counts of listed things and rates in other words
    ("quarterly" for "every three months") are not derived. An idle "a", "one", "first" or "half" in
    the claim is not demanded. "1.200" is read as 1.2, the English way, and "second" before a noun
    as a rank or a unit by its neighbours. Numbers in words are read in English only.
    """

    name: ClassVar[str] = "numbers"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        claimed = read_values(text)
        demanded = [value for value in claimed.quantities if not value.is_weak]
        total = len(demanded) + len(claimed.codes)
        if total == 0:
            return found_outcome(self.name, [], 0)
        texts = [quote.text for quote in quotes]
        read = [read_values(quote) for quote in texts]
        if is_verbatim(claim, texts, read):
            return found_outcome(self.name, [], total)
        quoted = _Quoted.of(texts, read, is_falling=_FALLING.search(text) is not None)
        missing = [text[v.start : v.end] for v in demanded if not quoted.has_quantity(v)]
        missing += [
            text[code.start : code.end] for code in claimed.codes if not quoted.has_code(code.key)
        ]
        return found_outcome(self.name, missing, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quoted:
    """What the quotes say together."""

    text: str
    quantities: tuple[QuantityValue, ...]
    codes: frozenset[str]
    # Numbers inside dates and codes: good enough for a bare number, never for an amount.
    days: frozenset[Fraction]
    years: frozenset[Fraction]
    code_digits: frozenset[Fraction]
    is_falling: bool

    @classmethod
    def of(cls, texts: Sequence[str], read: Sequence[TextValues], *, is_falling: bool) -> _Quoted:
        codes = frozenset(code.key for values in read for code in values.codes)
        dates = [v for values in read for v in values.calendar if isinstance(v, DateValue)]
        readings = [reading for date in dates for reading in date.readings]
        return cls(
            text="\n\n".join(texts),
            quantities=tuple(value for values in read for value in values.quantities),
            codes=codes,
            days=frozenset(Fraction(r.day) for r in readings if r.day is not None),
            years=frozenset(Fraction(r.year) for r in readings if r.year is not None),
            code_digits=frozenset(Fraction(n) for key in codes for n in _DIGITS.findall(key)),
            is_falling=is_falling,
        )

    def has_quantity(self, claimed: QuantityValue) -> bool:
        return any(self._agrees(claimed, quoted) for quoted in self.quantities) or (
            self._has_part(claimed)
        )

    def has_code(self, key: str) -> bool:
        if key in self.codes:
            return True
        parts = re.findall(r"\d+(?:\.\d+)*|[^\W\d_]+|[\W_]+", key.removeprefix("v"))
        spaced = r"[\s–-]*".join(re.escape(part) for part in parts)
        return re.search(rf"(?<![^\W_])v?{spaced}(?![^\W_])", self.text, re.IGNORECASE) is not None

    def _agrees(self, claimed: QuantityValue, quoted: QuantityValue) -> bool:
        if claimed.unit is None:
            is_other_thing = claimed.is_counting and quoted.unit not in {None, ORDINAL}
            return not is_other_thing and self._equal(claimed.number, quoted.number)
        if quoted.unit is None:
            return self._lends_unit(claimed, quoted)
        same_unit = quoted.unit == claimed.unit or (
            quoted.unit in _ALIASES.get(claimed.unit, ())
            or claimed.unit in _ALIASES.get(quoted.unit, ())
        )
        return (
            same_unit
            and self._equal(claimed.amount, quoted.amount)
            and self._rates(claimed, quoted)
        )

    def _equal(self, claimed: Fraction, quoted: Fraction) -> bool:
        return claimed == quoted or (self.is_falling and quoted < 0 and claimed == -quoted)

    def _lends_unit(self, claimed: QuantityValue, quoted: QuantityValue) -> bool:
        if quoted.is_counting or not self._equal(claimed.number, quoted.number):
            return False
        return claimed.unit == ORDINAL or claimed.unit in mentioned_units(self.text)

    def _rates(self, claimed: QuantityValue, quoted: QuantityValue) -> bool:
        if claimed.rate is None or claimed.rate == quoted.rate:
            return True
        return quoted.rate is None and claimed.rate in mentioned_rates(self.text)

    def _has_part(self, claimed: QuantityValue) -> bool:
        if claimed.unit == ORDINAL:
            return claimed.number in self.days
        if claimed.unit is not None:
            return False
        if claimed.number in self.years:
            return True
        return not claimed.is_counting and claimed.number in (self.days | self.code_digits)
