"""Reads a reply by what it is, and not by what was asked for."""

from __future__ import annotations

from serving.answering.writing.json_reader import JsonReader
from serving.answering.writing.markers_reader import MarkersReader
from serving.answering.writing.sentence import SentenceReader, WrittenSentence

_JSON_BEGINS = ("{", "```json")


class ReplyReader:
    """A reply that begins as a JSON object is read as one, any other as text with markers: models
    ignore schemas, and servers drop them.
    """

    def __init__(self) -> None:
        self._beginning = ""
        self._reader: SentenceReader | None = None

    def feed(self, delta: str) -> list[WrittenSentence]:
        """The sentences that this piece of the reply completes."""
        if self._reader is not None:
            return self._reader.feed(delta)
        self._beginning += delta
        beginning = self._beginning.lstrip()
        # The beginning of a fence is no beginning of prose yet.
        if not beginning or any(
            len(beginning) < len(token) and token.startswith(beginning) for token in _JSON_BEGINS
        ):
            return []
        self._reader = JsonReader() if beginning.startswith(_JSON_BEGINS) else MarkersReader()
        return self._reader.feed(self._beginning)

    def close(self) -> list[WrittenSentence]:
        """Those that the reply's end completes."""
        return [] if self._reader is None else self._reader.close()

    @property
    def says_unanswerable(self) -> bool:
        return self._reader is not None and self._reader.says_unanswerable
