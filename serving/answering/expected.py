"""The kind of value that a question asks for, and whether a text holds one of that kind."""

from __future__ import annotations

import re
from enum import StrEnum

from serving.checking.date_values import MONTH
from serving.checking.units import CURRENCIES
from serving.checking.values import read_values


class ValueKind(StrEnum):
    """A kind of value that a question can ask for in so many words."""

    MONEY = "money"
    PERCENT = "percent"
    DURATION = "duration"
    DATE = "date"
    NUMBER = "number"


_PERIOD = r"(?:second|minute|hour|day|night|week|month|quarter|year)s?"
_PRICED = (
    r"(?:costs?|prices?|pay|pays|paid|fees?|charged?|salary|salaries|budget|bonus|spend|spent|"
    r"reimbursed?|per diem|allowance|stipend|refund|fine|worth|money|earn)"
)
_PRICE = r"(?:cost|price|fee|salary|budget|per diem|stipend|hourly rate|daily rate|contract value)"
_AUXILIARY = r"(?:is|are|was|were|does|do|did|will|would|can|could|may|should)"
# In this order: "how much" asks for money only where nothing more exact is said.
_ASKED = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            ValueKind.PERCENT,
            r"\bpercentage\b|\b(?:what|which|how large a) (?:per ?cent|share|proportion)\b",
        ),
        (
            ValueKind.MONEY,
            r"\bhow many (?:\w+ )?(?:dollars|euros|pounds|cents)\b"
            rf"|\bhow much (?:money|{_AUXILIARY}\b.*\b{_PRICED})\b"
            rf"|\b(?:what|which)\b.{{0,40}}\b{_PRICE}\b",
        ),
        (
            ValueKind.DURATION,
            rf"\bhow many (?:\w+ )?{_PERIOD}\b"
            # "How long must a password be?" asks for characters.
            r"|\bhow long\b(?!.{0,60}\bbe\b)"
            r"|\bhow (?:early|soon|quickly|fast|often|frequently|far (?:ahead|in advance))\b",
        ),
        (
            ValueKind.DATE,
            r"(?:^|[.?!,;] )(?:and |but |so )?(?:by |since |until )?when(?=\W[^,.?!]*\?)"
            r"|\b(?:what|which) (?:\w+ )?(?:day|date|month|weekday|year)\b"
            r"|\bdue date\b|\bdeadline\b|\bcut-?off\b",
        ),
        (ValueKind.NUMBER, r"\bhow (?:many|much|big|large|old|tall|high)\b"),
    )
)
# What is counted or priced: "how many PARKING SPACES are", "how much is the BONUS if".
_THING = re.compile(
    rf"\bhow many ((?:[\w'’-]+ ){{1,3}}?)(?:{_AUXILIARY}|ha(?:ve|s|d)|to|in|at|on|per|for)\b"
    rf"|\bhow much (?:is|are|was|were) (?:the|an?|our|my|your) ((?:[\w'’-]+ ?){{1,3}}?)"
    r"(?=[?,.]| (?:if|for|of|to|in|on|at|per|when|that)\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(rf"\b(?:{_PERIOD}|dollars|euros|pounds|cents|times)\b", re.IGNORECASE)
# A fee may be a share: "a restocking fee of 15 %".
_FEE = re.compile(r"\b(?:fee|charge|surcharge|discount|commission)s?\b", re.IGNORECASE)
_TIME_UNITS = frozenset({"second", "month", "working_day"})
_TIME_WORDS = re.compile(
    rf"\b(?:{MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|daily|weekly|monthly|quarterly"
    rf"|annual(?:ly)?|yearly|hourly|immediately|today|tomorrow|{_PERIOD})\b",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:before|after|until|once|as soon as|upon|when|at the (?:beginning|start|end))\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


def expected_kind(question: str) -> ValueKind | None:
    """None where the question does not say, or is not English."""
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), None)


def asked_thing(question: str) -> str | None:
    """What a question wants counted or priced, in its own words; None where it is a unit of time or
    money, where the question does not say, or is not English.
    """
    match = _THING.search(question)
    thing = (match[1] or match[2]).strip() if match else ""
    return thing if thing and not _UNIT.search(thing) else None


def holds_kind(text: str, kind: ValueKind) -> bool:
    """Whether `text` holds such a value. In a table's row any number may be one: what it is of
    stands above it.
    """
    if " | " in text and _DIGIT.search(text):
        return True
    values = read_values(text)
    units = {value.unit for value in values.quantities}
    match kind:
        case ValueKind.MONEY:
            is_share = "percent" in units and bool(_FEE.search(text))
            return is_share or not units.isdisjoint(CURRENCIES)
        case ValueKind.PERCENT:
            return "percent" in units
        case ValueKind.DURATION:
            says_so = not units.isdisjoint(_TIME_UNITS) or bool(values.calendar)
            return says_so or bool(_TIME_WORDS.search(text))
        case ValueKind.DATE:
            says_so = bool(values.calendar) or bool(_EVENT.search(text))
            return says_so or bool(_TIME_WORDS.search(text))
        case ValueKind.NUMBER:
            return bool(values.quantities) or bool(_DIGIT.search(text))
