"""Claims out of a text line by line, as models and people write it: prose, Markdown, markers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from serving.claims.span import ClaimSpan
from serving.sentences import iter_sentences

_MARKER = re.compile(
    r"\s*(?:\[\^?(\d{1,2}(?:\s*[,;]\s*\^?\d{1,2})*)\](?!\()|【(\d{1,2})[^】]{0,20}】)"
)
_NUMBER = re.compile(r"\d+")
_MARKERS = re.compile(rf"(?:{_MARKER.pattern})*")
_EMPHASIS = re.compile(r"\*\*|__|`")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
LIST_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
"""The mark of a list's item, at the beginning of a line."""
_NO_TEXT = re.compile(r"\s*(?:#{1,6}\s|[-*_= ]{3,}$|$)")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_TABLE_RULE = re.compile(r"\s*\|[\s:|-]+\|\s*$")
UNANSWERABLE = re.compile(
    r"\W*(?:not found\b|i (?:do not|don't|cannot|can't) (?:know|answer|find)"
    r"|(?:the|these|none of the) (?:given |provided )?(?:passages?|documents?|context)"
    r" (?:do|does) not"
    r"|(?:there is )?no (?:passage|information)\b)",
    re.IGNORECASE,
)
"""A sentence that says that there is no answer."""
_NO_CLAIM = re.compile(
    r"(?:(?:sure|certainly|of course|okay|hello|hi|thanks?|thank you|great question|i hope"
    r"|let me know|feel free|here (?:is|are)|based on the (?:passages?|provided))\b"
    r"[^.!?\d]{0,60}[.!]?"
    rf"|.*\?|{UNANSWERABLE.pattern}.*)$",
    re.IGNORECASE | re.DOTALL,
)


class ClaimLines:
    """Reads whole lines, in order; what a line is may depend on those before it.

    Headings, code, rules, greetings, questions and what ends in a colon are no claims; the last of
    these leads in the list that follows. A table's row has the names of its columns for a lead-in.
    """

    def __init__(self) -> None:
        self._lead_in = ""
        self._columns = ""
        self._row: ClaimSpan | None = None
        self.is_code = False

    def read(self, line: str, *, start: int) -> Iterator[ClaimSpan]:
        """The claims of a line without its line break, which begins at `start`. The first row of a
        table waits for the next line, which says whether it names the columns.
        """
        if line.lstrip().startswith("```"):
            self.is_code = not self.is_code
        elif self.is_code:
            return
        elif _TABLE_RULE.match(line):
            self._columns = self._row.text if self._row else ""
            self._row = None
        elif _TABLE_ROW.match(line):
            yield from self._table_row(line, start)
        else:
            yield from self.end()
            if not _NO_TEXT.match(line):
                for first, last in sentences_with_markers(line):
                    yield from self.claim(line[first:last], start=start + first)

    def end(self) -> Iterator[ClaimSpan]:
        """Where a table or the text ends: a row that still waits."""
        row, self._row, self._columns = self._row, None, ""
        if row is not None:
            yield row

    def claim(self, raw: str, *, start: int) -> Iterator[ClaimSpan]:
        """The claim in a sentence that stands at `start`, if it is one."""
        text = _plain(raw)
        item = LIST_ITEM.match(text)
        said = text[item.end() :] if item else text
        if text.endswith(":"):
            self._lead_in = text
        elif any(char.isalpha() for char in said) and not _NO_CLAIM.match(said):
            yield ClaimSpan(
                start=start,
                end=start + len(raw.rstrip()),
                text=text,
                markers=_markers(raw),
                lead_in=self._lead_in if item else "",
            )

    def _table_row(self, line: str, start: int) -> Iterator[ClaimSpan]:
        cells = [_plain(cell) for cell in line.strip().strip("|").split("|")]
        row = ClaimSpan(
            start=start + len(line) - len(line.lstrip()),
            end=start + len(line.rstrip()),
            text=" | ".join(cell for cell in cells if cell),
            markers=_markers(line),
            lead_in=self._columns,
        )
        if self._columns or self._row is not None:
            yield from self._waiting_row()
            yield row
        else:
            self._row = row

    def _waiting_row(self) -> Iterator[ClaimSpan]:
        if self._row is not None:
            yield self._row
            self._row = None


def sentences_with_markers(line: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a line begins and ends, with the markers behind it."""
    at = 0
    for span in iter_sentences(line):
        start = max(at, span.start)
        markers = _MARKERS.match(line, span.end)
        at = max(start, markers.end() if markers else span.end)
        if start < at:
            yield start, at


def read_claims(text: str) -> list[ClaimSpan]:
    """The claims of a whole text, in order."""
    lines = ClaimLines()
    claims: list[ClaimSpan] = []
    start = 0
    for line in text.split("\n"):
        claims += lines.read(line, start=start)
        start += len(line) + 1
    return claims + list(lines.end())


def _plain(raw: str) -> str:
    return _EMPHASIS.sub("", _LINK.sub(r"\1", _MARKER.sub("", raw))).strip()


def _markers(raw: str) -> tuple[int, ...]:
    return tuple(
        int(number) for marker in _MARKER.finditer(raw) for number in _NUMBER.findall(marker[0])
    )
