"""Sentences out of plain text with `[n]` markers while it is still being written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from serving.answering.writing.sentence import WrittenSentence
from serving.claims.lines import UNANSWERABLE, ClaimLines, sentences_with_markers
from serving.claims.span import ClaimSpan

# What these lines are is known only at their end.
_WHOLE_LINE = re.compile(r"\s*(?:#|\||```|[-*_=]{3,})")
_WHOLE_WORD = re.compile(r"[^\s\[【]\S*\s")


class MarkersReader:
    """Gives each sentence once it is complete: when the next one has begun, with a word of its own,
    or its line has ended. Markers behind the full stop belong to the sentence before them.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._text = ""
        self._lines = ClaimLines()

    def feed(self, delta: str) -> list[WrittenSentence]:
        """The sentences that this piece of the reply completes."""
        self._text += delta
        *lines, self._rest = (self._rest + delta).split("\n")
        found = [claim for line in lines for claim in self._lines.read(line, start=0)]
        return _written([*found, *self._begun()])

    def close(self) -> list[WrittenSentence]:
        """What the reply's end completes."""
        rest, self._rest = self._rest, ""
        return _written([*self._lines.read(rest, start=0), *self._lines.end()])

    @property
    def says_unanswerable(self) -> bool:
        return UNANSWERABLE.match(self._text) is not None

    def _begun(self) -> Iterator[ClaimSpan]:
        """The claims of the line that is being written, but for the last, which may go on."""
        if self._lines.is_code or _WHOLE_LINE.match(self._rest):
            return
        sentences = list(sentences_with_markers(self._rest))
        end = 0
        for (start, after), (following, _) in itertools.pairwise(sentences):
            # The next word decides whether a full stop was one.
            if not _WHOLE_WORD.match(self._rest, following):
                break
            yield from self._lines.claim(self._rest[start:after], start=start)
            end = after
        self._rest = self._rest[end:]


def _written(claims: Iterable[ClaimSpan]) -> list[WrittenSentence]:
    return [
        WrittenSentence(text=claim.text, passages=claim.markers, lead_in=claim.lead_in)
        for claim in claims
    ]
