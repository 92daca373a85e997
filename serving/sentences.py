"""Normalised plain text to sentences with exact offsets, by rule: no tagger, no model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`: offsets in characters from 0, `start < end`."""

    start: int
    end: int


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCK_BREAK = re.compile(r"\n\s*\n")
_LINE = re.compile(r"[^\n]+")
_MARKER = re.compile(
    r"\s*(?:[-*+•‣◦▪·–]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)]|\[[ xX]\])\s+(?=\S)"
)
_CELL_BREAK = " | "
_KEY_VALUE = re.compile(r"\s*[A-Z][\w /()&'’-]{0,40}:\s+\S")

_CLOSERS = r"""["'”’»)\]}*_`]"""
# A run is entered only at its first character, so that a million dots cost a million steps.
_STOP = re.compile(
    rf"(?<![.!?…])[.!?…]++{_CLOSERS}*+(?:\s?\[\d{{1,2}}\])*+(?=\s)"
    r"|[。！？｡]++[」』）】》〉”’\"')\]]*+"
)
_NEXT_WORD = re.compile(r"\s*[\"'“‘«(\[{*_`¿¡]*+(\w*)([^\s\w]?)")
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘«/—–]+\Z")
_LETTERS_WITH_STOPS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]\Z")

_NEVER_LAST = _words(
    "mr mrs ms mx dr prof st mt ft gen sen rep gov capt lt col sgt rev hon messrs e.g i.e eg "
    "ie cf viz vs v approx ca resp incl excl esp"
)
_NOT_LAST_BEFORE_A_NUMBER = _words(
    "no nos nr fig figs sec sect art eq vol ch chap pt pp p ref para paras tab app ext tel "
    "jan feb mar apr jun jul aug sep sept oct nov dec est since"
)
_LAST_ONLY_BEFORE_A_STARTER = _words("inc ltd corp co jr sr al dept div ave blvd rd assoc")
_STARTERS = _words(
    "a about after all also although an and any are as at because before both but by can do "
    "does during each either employees every everyone for from further given has have he her "
    "here his how however i if in is it its managers many may most my no nobody none not note "
    "now of on once one only or other our please send she since so some staff such than that "
    "the their them then there therefore these they this those though thus to today tomorrow "
    "under unless until use we what when where whether which while who why will with within "
    "without yes you your"
)


def iter_sentences(text: str) -> Iterator[Span]:
    """The sentences of `text` in order, disjoint, stripped, covering every non-space character.

    A sentence never crosses a blank line. A list item (with its wrapped lines), a table row and a
    `Key: value` line are never joined with their neighbours; a list item that holds several
    sentences yields several, the first with the item's marker. Prose wrapped at a line break
    stays one sentence, so a sentence may hold single line breaks.

    Known limits: a sentence that begins in lower case ("npm is …") stays with the one before it;
    an abbreviation outside the lists here ends a sentence when a capital follows; lines of code
    are joined like wrapped prose.
    """
    for start, end in _units(text):
        yield from _split(text, start, end)


def _units(text: str) -> Iterator[tuple[int, int]]:
    """The stretches that are split on their own: paragraphs, list items, table rows."""
    start = 0
    for gap in _BLOCK_BREAK.finditer(text):
        yield from _block_units(text, start, gap.start())
        start = gap.end()
    yield from _block_units(text, start, len(text))


def _block_units(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    unit_start = unit_end = start
    is_closed = False
    for line in _LINE.finditer(text, start, end):
        is_row = text.find(_CELL_BREAK, line.start(), line.end()) >= 0
        if unit_end > unit_start and (is_closed or is_row or _opens_unit(text, line)):
            yield unit_start, unit_end
            unit_start = line.start()
        elif unit_end == unit_start:
            unit_start = line.start()
        unit_end = line.end()
        is_closed = is_row or text[line.start() : line.end()].rstrip().endswith(":")
    if unit_end > unit_start:
        yield unit_start, unit_end


def _opens_unit(text: str, line: re.Match[str]) -> bool:
    at, end = line.span()
    return bool(_MARKER.match(text, at, end) or _KEY_VALUE.match(text, at, end))


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    if text.find(_CELL_BREAK, start, end) >= 0:
        yield from _stripped(text, start, end)
        return
    marker = _MARKER.match(text, start, end)
    for stop in _STOP.finditer(text, marker.end() if marker else start, end):
        if _ends_sentence(text, start, stop, end):
            yield from _stripped(text, start, stop.end())
            start = stop.end()
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    if start < end:
        yield Span(start, end)


def _ends_sentence(text: str, start: int, stop: re.Match[str], end: int) -> bool:
    mark = text[stop.start()]
    if mark in "。！？｡":
        return True
    following = _NEXT_WORD.match(text, stop.end(), end)
    word = following[1] if following else ""
    if word[:1].islower():
        return False
    if mark != "." or text[stop.start() + 1 : stop.start() + 2] in {".", "!", "?", "…"}:
        return True
    before = _LAST_WORD.search(text, max(start, stop.start() - 40), stop.start())
    return before is None or _may_end(before[0], word)


def _may_end(last: str, following: str) -> bool:
    """Whether `last` + "." ends a sentence, given the word that follows it."""
    lowered = last.lower()
    if lowered in _NEVER_LAST:
        return False
    if lowered in _NOT_LAST_BEFORE_A_NUMBER:
        return not following[:1].isdigit()
    is_initial = len(last) == 1 and last.isalpha() and last.isupper()
    if is_initial or lowered in _LAST_ONLY_BEFORE_A_STARTER or _LETTERS_WITH_STOPS.match(last):
        return following.lower() in _STARTERS or not following
    return True
