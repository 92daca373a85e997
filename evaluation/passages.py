"""What a search returns, as evaluation sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

_EXCERPT_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPassage:
    """One passage of a search, in the order of the search.

    `path` is the document's, as gold paths are written. `source` is the name of the document's
    source where a live server was asked, and empty where the set's own corpus was searched.
    `chunk_id` tells passages apart. Offsets are in characters of the document's normalised text.
    """

    path: str
    text: str
    chunk_id: str
    start: int = 0
    end: int = 0
    source: str = ""

    def excerpt(self) -> Self:
        """The same with the first 300 characters of its text: what a stored run keeps."""
        if len(self.text) <= _EXCERPT_CHARS:
            return self
        return replace(self, text=f"{self.text[:_EXCERPT_CHARS]} …")
