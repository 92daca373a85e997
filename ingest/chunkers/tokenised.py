"""A text and where its tokens begin, so that its parts are measured without tokenising again."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain

from ingest.chunkers.contract import TokenCounter

# Tokenizers get slower per character as the text grows: 1 MB took 0.89 s whole, 0.50 s in parts.
_PART_CHARS = 20_000

# A word that no vocabulary holds is one token however long it is (BERT: above 100 characters).
# Without a bound, 1 MB without a blank would be one chunk of one token. English has 4 to 5.
_MAX_CHARS_PER_TOKEN = 16

# Tokens never reach across these, so parts cut here have the same tokens as the whole.
_SEPARATORS = frozenset(" \n\t")


class TokenisedText:
    """Positions are in characters of `text`, counts in tokens; chunks have up to `max_tokens`."""

    def __init__(self, text: str, tokens: TokenCounter, *, max_tokens: int) -> None:
        self.text = text
        self._max_chars = max_tokens * _MAX_CHARS_PER_TOKEN
        self._tokens = tokens
        self._starts = list(chain.from_iterable(self._part_starts()))

    def measure(self, start: int, end: int) -> int:
        """How many tokens `text[start:end]` has when it is tokenised by itself; about how many
        where it is too long for a chunk.
        """
        is_exact = self._is_separated(start) and self._is_separated(end)
        if not is_exact and not self.is_long(start, end):
            return len(self._tokens.offsets(self.text[start:end]))
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def reach(self, start: int, count: int) -> int:
        """The furthest end, after `start`, of about `count` tokens from `start` on."""
        following = bisect_left(self._starts, start) + count
        end = self._starts[following] if following < len(self._starts) else len(self.text)
        return max(start + 1, min(end, start + count * _MAX_CHARS_PER_TOKEN, len(self.text)))

    def back(self, end: int, count: int) -> int:
        """Where the last `count` tokens before `end` begin."""
        first = bisect_left(self._starts, end) - count
        return self._starts[first] if first > 0 else 0

    def shrink(self, start: int, end: int, count: int) -> int:
        """An end between `start` and `end` up to which there are at most `count` tokens."""
        while end > start + 1 and (measured := self.measure(start, end)) > count:
            end = max(start + 1, start + (end - start) * count // measured)
        return end

    def is_long(self, start: int, end: int) -> bool:
        """Whether the part has too many characters for a chunk, whatever its tokens."""
        return end - start > self._max_chars

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """The part without white space at its ends; empty if there is nothing else."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    def _is_separated(self, position: int) -> bool:
        # Asks about both neighbours, because a separator belongs to neither part's tokens.
        return (
            position <= 0
            or position >= len(self.text)
            or self.text[position - 1] in _SEPARATORS
            or self.text[position] in _SEPARATORS
        )

    def _part_starts(self) -> list[list[int]]:
        parts = []
        start = 0
        while start < len(self.text):
            cut = self.text.find("\n", start + _PART_CHARS)
            end = len(self.text) if cut < 0 else cut
            parts.append([start + s for s, _ in self._tokens.offsets(self.text[start:end])])
            start = end
        return parts
