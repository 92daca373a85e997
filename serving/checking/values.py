"""All the values of a text, read once, so that each character belongs to one value at most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from serving.checking.date_values import MONTH, CalendarValue, calendar_values
from serving.checking.quantity_values import (
    CodeValue,
    QuantityValue,
    code_values,
    quantity_values,
)

_LIST_MARKER = re.compile(rf"^[^\S\n]*(?:[-*•]\s+)?\(?\d{{1,2}}[.)]\s+(?!{MONTH})", re.MULTILINE)
_BULLET = re.compile(rf"\s*(?:[-*•–]\s+)?(?:\(?(?:\d{{1,3}}|[a-z])[.)]\s+(?!{MONTH}))?")
_CITATION = re.compile(r"\s?\[\d{1,2}(?:\s*[,;–-]\s*\d{1,2})*\]")


@dataclass(frozen=True, slots=True)
class TextValues:
    """What a text says in figures. Each tuple is in text order."""

    calendar: tuple[CalendarValue, ...]
    codes: tuple[CodeValue, ...]
    quantities: tuple[QuantityValue, ...]

    def is_cut_at(self, offset: int) -> bool:
        """Whether a value begins before `offset` and ends after it."""
        values = (*self.calendar, *self.codes, *self.quantities)
        return any(value.start < offset < value.end for value in values)


def read_values(text: str) -> TextValues:
    """The calendar values, codes and amounts of `text`. The numbers of list items are no values."""
    calendar = calendar_values(text)
    markers = [match.span() for match in _LIST_MARKER.finditer(text)]
    codes = code_values(text, [(value.start, value.end) for value in calendar])
    taken = [*((v.start, v.end) for v in calendar), *((c.start, c.end) for c in codes), *markers]
    return TextValues(tuple(calendar), tuple(codes), tuple(quantity_values(text, sorted(taken))))


def strip_markers(claim: str) -> str:
    """The claim without its list marker ("- ", "2. ") and citation markers ("[1]", "[2, 3]")."""
    without = _CITATION.sub("", claim)
    marker = _BULLET.match(without)
    return without[marker.end() :].strip() if marker else without.strip()
