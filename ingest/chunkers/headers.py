"""Context headers that leave room for the text: at most a quarter of the budget, twice."""

from __future__ import annotations

from ingest.chunkers.contract import TokenCounter, context_header
from ingest.chunkers.tokenised import TokenisedText

_SHARE = 4


class HeaderWriter:
    """Writes one document's headers. Title and path get a quarter of the budget, context another.

    What is too long loses its outer headings first (the title last of them), then the end of the
    innermost heading.
    """

    def __init__(self, *, title: str | None, max_tokens: int, tokens: TokenCounter) -> None:
        self._title = title
        self._tokens = tokens
        self._limit = max_tokens // _SHARE
        self._paths: dict[tuple[str, ...], str] = {}
        self._counts: dict[str, int] = {"": 0}

    def write(self, path: tuple[str, ...], context: str) -> str:
        """`context` comes from `shorten`."""
        if path not in self._paths:
            self._paths[path] = self._fit_path(path)
        return "\n".join(part for part in (self._paths[path], context) if part)

    def count(self, path: tuple[str, ...], context: str) -> int:
        """Tokens of the header that `write` returns."""
        header = self.write(path, context)
        if header not in self._counts:
            self._counts[header] = len(self._tokens.offsets(header))
        return self._counts[header]

    def shorten(self, text: str) -> str:
        """The beginning of `text` that a quarter of the budget holds, cut between words."""
        tokenised = TokenisedText(text, self._tokens, max_tokens=self._limit)
        start, end = tokenised.trim(0, len(text))
        if start == end:
            return ""
        end = min(end, tokenised.reach(start, self._limit))
        if end < len(text) and not text[end].isspace():
            word_end = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = word_end if word_end > start else end
        end = tokenised.shrink(start, end, self._limit)
        return text[start:end].strip()

    def _fit_path(self, path: tuple[str, ...]) -> str:
        for first in range(len(path)):
            header = context_header(self._title, path[first:], "")
            if len(self._tokens.offsets(header)) <= self._limit:
                return header
        innermost = path[-1] if path else self._title or ""
        return self.shorten(innermost)
