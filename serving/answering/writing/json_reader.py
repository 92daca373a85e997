"""Sentences out of a JSON reply while it is still being written."""

from __future__ import annotations

import json
import re
from typing import Any

from serving.answering.writing.sentence import WrittenSentence

REPLY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    # The quote first: what is written after it leans on it.
                    "quote": {"type": "string"},
                    "passage": {"type": "integer"},
                    "text": {"type": "string"},
                },
                "required": ["quote", "passage", "text"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["answerable", "sentences"],
    "additionalProperties": False,
}

_ARRAY = re.compile(r'"sentences"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_UNANSWERABLE = re.compile(r'"answerable"\s*:\s*false')


class JsonReader:
    """Gives each object of `sentences` once it is complete. What is no such object is passed over;
    a reply that is not JSON at all has none.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at: int | None = None
        self._decoder = json.JSONDecoder()

    def feed(self, delta: str) -> list[WrittenSentence]:
        """The sentences that this piece of the reply completes."""
        self._text += delta
        if self._at is None:
            opening = _ARRAY.search(self._text)
            if opening is None:
                return []
            self._at = opening.end()
        found = []
        while (item := self._next()) is not None:
            found += [sentence] if (sentence := _sentence(item)) else []
        return found

    def close(self) -> list[WrittenSentence]:
        """Nothing: an object that is not complete by now never will be."""
        return []

    @property
    def says_unanswerable(self) -> bool:
        return _UNANSWERABLE.search(self._text) is not None

    def _next(self) -> Any:
        assert self._at is not None  # noqa: S101  (set before this is called)
        gap = _BETWEEN.match(self._text, self._at)
        start = gap.end() if gap else self._at
        if self._text[start : start + 1] != "{":
            return None
        try:
            item, self._at = self._decoder.raw_decode(self._text, start)
        except ValueError:
            return None
        return item


def _sentence(item: Any) -> WrittenSentence | None:
    if not isinstance(item, dict):
        return None
    text, quote, passage = (item.get(key) for key in ("text", "quote", "passage"))
    if not isinstance(text, str) or not text.strip():
        return None
    is_number = isinstance(passage, int) and not isinstance(passage, bool)
    return WrittenSentence(
        text=text.strip(),
        passages=(passage,) if is_number else (),  # type: ignore[arg-type]  # is_number says so
        quote=quote if isinstance(quote, str) else "",
    )
