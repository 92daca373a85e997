"""A piece of a text that says something which can be checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSpan:
    """`start` and `end` are offsets in characters of the text that it is read from, its list mark,
    emphasis and markers included; `text` is without emphasis and markers. `markers` are the
    numbers that it cites, as they stand. `lead_in` is what it leans on: the sentence that opens its
    list, or the names of its table's columns.
    """

    start: int
    end: int
    text: str
    markers: tuple[int, ...] = ()
    lead_in: str = ""
