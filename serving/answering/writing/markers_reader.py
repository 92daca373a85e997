"""Sentences out of plain text with `[n]` markers while it is still being written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from serving.answering.writing.sentence import WrittenSentence
from serving.sentences import iter_sentences

_MARKER = re.compile(r"\s*(?:\[\^?(\d{1,2}(?:\s*[,;]\s*\^?\d{1,2})*)\]|【(\d{1,2})[^】]{0,20}】)")
_NUMBER = re.compile(r"\d+")
_MARKERS = re.compile(rf"(?:{_MARKER.pattern})*")
_EMPHASIS = re.compile(r"\*\*|__|`")
_LIST_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")
# What these lines are is known only at their end.
_WHOLE_LINE = re.compile(r"\s*(?:#|\||```|[-*_=]{3,})")
_NO_TEXT = re.compile(r"\s*(?:#{1,6}\s|[-*_=|: ]{3,}$|$)")
_WHOLE_WORD = re.compile(r"[^\s\[【]\S*\s")
_UNANSWERABLE = re.compile(
    r"\W*(?:not found\b|i (?:do not|don't|cannot|can't) (?:know|answer|find)"
    r"|(?:the|these|none of the) (?:given |provided )?(?:passages?|documents?|context)"
    r" (?:do|does) not"
    r"|(?:there is )?no (?:passage|information)\b)",
    re.IGNORECASE,
)
_NO_CLAIM = re.compile(
    r"(?:(?:sure|certainly|of course|okay|hello|hi|thanks?|thank you|great question|i hope"
    r"|let me know|feel free|here (?:is|are)|based on the (?:passages?|provided))\b"
    r"[^.!?\d]{0,60}[.!]?"
    rf"|.*\?|{_UNANSWERABLE.pattern}.*)$",
    re.IGNORECASE | re.DOTALL,
)


class MarkersReader:
    """Gives each sentence once it is complete: when the next one has begun, with a word of its own,
    or its line has ended. Markers behind the full stop belong to the sentence before them.

    Headings, code, greetings, questions and what ends in a colon are no claims; the last of these
    is the lead-in of the list that follows.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._lead_in = ""
        self._is_code = False
        self._text = ""

    def feed(self, delta: str) -> list[WrittenSentence]:
        """The sentences that this piece of the reply completes."""
        self._text += delta
        *lines, self._rest = (self._rest + delta).split("\n")
        found = [sentence for line in lines for sentence in self._of_line(line)]
        return found + list(self._begun())

    def close(self) -> list[WrittenSentence]:
        """What the reply's end completes."""
        rest, self._rest = self._rest, ""
        return list(self._of_line(rest))

    @property
    def says_unanswerable(self) -> bool:
        return _UNANSWERABLE.match(self._text) is not None

    def _begun(self) -> Iterator[WrittenSentence]:
        """The sentences of the line that is being written, but for the last, which may go on."""
        if self._is_code or _WHOLE_LINE.match(self._rest):
            return
        sentences = list(_sentences(self._rest))
        end = 0
        for (start, after), (following, _) in itertools.pairwise(sentences):
            # The next word decides whether a full stop was one.
            if not _WHOLE_WORD.match(self._rest, following):
                break
            yield from self._claim(self._rest[start:after])
            end = after
        self._rest = self._rest[end:]

    def _of_line(self, line: str) -> Iterator[WrittenSentence]:
        if line.lstrip().startswith("```"):
            self._is_code = not self._is_code
        elif not self._is_code and not _NO_TEXT.match(line):
            for start, end in _sentences(line):
                yield from self._claim(line[start:end])

    def _claim(self, raw: str) -> Iterator[WrittenSentence]:
        numbers = tuple(
            int(number) for marker in _MARKER.finditer(raw) for number in _NUMBER.findall(marker[0])
        )
        text = _EMPHASIS.sub("", _MARKER.sub("", raw)).strip()
        item = _LIST_ITEM.match(text)
        said = text[item.end() :] if item else text
        if text.endswith(":"):
            self._lead_in = text
        elif any(char.isalpha() for char in said) and not _NO_CLAIM.match(said):
            yield WrittenSentence(
                text=text, passages=numbers, lead_in=self._lead_in if item else ""
            )


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a line begins and ends, with the markers behind it."""
    at = 0
    for span in iter_sentences(line):
        start = max(at, span.start)
        markers = _MARKERS.match(line, span.end)
        at = max(start, markers.end() if markers else span.end)
        if start < at:
            yield start, at
