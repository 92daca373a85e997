"""Units and currencies: every spelling to one canonical unit and a factor."""

from __future__ import annotations

import re
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple


class Unit(NamedTuple):
    """`amount * factor` is the amount in the canonical unit `name`."""

    name: str
    factor: Fraction


# name: (factor to the canonical unit, spellings). Lengths of time come in three families that do
# not convert into each other: seconds, months (of no fixed number of days), working days.
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "second": (
        ("1", "second seconds sec secs s"),
        ("1/1000", "millisecond milliseconds msec ms"),
        ("60", "minute minutes min mins"),
        ("3600", "hour hours hr hrs h"),
        ("86400", "day days"),
        ("604800", "week weeks wk wks"),
        ("1209600", "fortnight fortnights"),
    ),
    "month": (
        ("1", "month months mo mos"),
        ("3", "quarter quarters"),
        ("12", "year years yr yrs"),
        ("120", "decade decades"),
    ),
    "working_day": (("1", "workday workdays"),),
    "percent": (("1", "% percent pct"),),
    "percentage_point": (("1", "pp"), ("1/100", "bps")),
    "USD": (("1", "dollar dollars usd us$ buck bucks $"), ("1/100", "cent cents ¢")),
    "EUR": (("1", "euro euros eur €"),),
    "GBP": (("1", "gbp £ quid"), ("1/100", "pence")),
    # Money or weight: the word does not say.
    "pound": (("1", "pound pounds"),),
    "JPY": (("1", "yen jpy ¥"),),
    "CHF": (("1", "chf francs franc"),),
    "INR": (("1", "inr rupee rupees ₹"),),
    "CAD": (("1", "cad ca$ c$"),),
    "AUD": (("1", "aud au$ a$"),),
    "CNY": (("1", "cny rmb yuan"),),
    "SEK": (("1", "sek"),),
    "NOK": (("1", "nok"),),
    "DKK": (("1", "dkk"),),
    "PLN": (("1", "pln zł"),),
    "byte": (
        ("1", "byte bytes"),
        ("1000", "kb kilobyte kilobytes"),
        ("1000000", "mb megabyte megabytes"),
        ("1000000000", "gb gigabyte gigabytes"),
        ("1000000000000", "tb terabyte terabytes"),
        ("1024", "kib"),
        ("1048576", "mib"),
        ("1073741824", "gib"),
    ),
    "bit_per_second": (("1000", "kbps"), ("1000000", "mbps"), ("1000000000", "gbps")),
    "metre": (
        ("1", "m metre metres meter meters"),
        ("1000", "km kilometre kilometres kilometer kilometers"),
        ("1/100", "cm centimetre centimetres centimeter centimeters"),
        ("1/1000", "mm millimetre millimetres millimeter millimeters"),
    ),
    "mile": (("1", "mile miles mi"),),
    "foot": (("1", "foot feet ft"), ("1/12", "inch inches ″")),
    "square_foot": (("1", "sqft"),),
    "gram": (
        ("1", "g gram grams gramme grammes"),
        ("1000", "kg kgs kilogram kilograms kilo kilos"),
        ("1/1000", "mg milligram milligrams"),
        ("1000000", "tonne tonnes"),
    ),
    "lb": (("1", "lb lbs"), ("1/16", "oz ounce ounces")),
    "litre": (("1", "l litre litres liter liters"), ("1/1000", "ml millilitre milliliter")),
    "celsius": (("1", "°c celsius"),),
    "fahrenheit": (("1", "°f fahrenheit"),),
    "degree": (("1", "° degree degrees"),),
    "watt": (("1", "w watt watts"), ("1000", "kw kilowatt kilowatts")),
    "watt_hour": (("1", "wh"), ("1000", "kwh")),
    "hertz": (("1", "hz"), ("1000000", "mhz"), ("1000000000", "ghz")),
    "km_per_hour": (("1", "km/h kph"),),
    "mile_per_hour": (("1", "mph"),),
    "pixel": (("1", "px pixel pixels"),),
    "point": (("1", "pt"),),
    "times": (("1", "times fold x"),),
}

UNITS = MappingProxyType(
    {
        spelling: Unit(name, Fraction(factor))
        for name, rows in _TABLE.items()
        for factor, spellings in rows
        for spelling in spellings.split()
    }
)
CURRENCIES = _words("USD EUR GBP pound JPY CHF INR CAD AUD CNY SEK NOK DKK PLN")
# Money signs and codes that stand before the amount.
CURRENCY_PREFIX = (
    r"(?:US\$|CA\$|AU\$|C\$|A\$|[$€£¥₹]"
    r"|\b(?:USD|EUR|GBP|JPY|CHF|INR|CAD|AUD|CNY|SEK|NOK|DKK|PLN)(?![A-Za-z]))"
)
_RATES = MappingProxyType(
    {
        "hourly": "hour", "daily": "day", "diem": "day", "weekly": "week", "monthly": "month",
        "quarterly": "quarter", "annually": "year", "yearly": "year", "annum": "year",
        "annual": "year",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+|[$€£¥₹%¢°]")


def find_unit(spelling: str) -> Unit | None:
    """The unit of a word or sign, in any case; None if it is none."""
    return UNITS.get(spelling.lower())


def find_rate(word: str) -> str | None:
    """The period that an amount is per: "month" for "month", "months" and "monthly"."""
    word = word.lower()
    if word in _RATES:
        return _RATES[word]
    unit = UNITS.get(word)
    is_period = unit is not None and unit.name in {"second", "month", "working_day"}
    return word.removesuffix("s") if is_period and len(word) > 2 else None


def mentioned_units(text: str) -> frozenset[str]:
    """The canonical units that `text` names anywhere, with or without a number."""
    words = {word.lower() for word in _WORD.findall(text)}
    return frozenset(UNITS[word].name for word in words & UNITS.keys())


def mentioned_rates(text: str) -> frozenset[str]:
    """The periods that `text` names anywhere: "hour", "day", "week", "month", "quarter", "year"."""
    words = set(_WORD.findall(text))
    return frozenset(rate for word in words if (rate := find_rate(word)) is not None)
