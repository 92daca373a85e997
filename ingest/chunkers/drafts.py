"""Chunks in the making: what they hold, and whether more fits in."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.chunkers.headers import HeaderWriter
from ingest.chunkers.tokenised import TokenisedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A chunk in the making; fields as in ChunkSpan. Without `has_text` it is headings only."""

    start: int
    end: int
    tokens: int
    path: tuple[str, ...]
    page: int | None
    context: str
    has_text: bool


class Drafting:
    """Makes and measures the drafts of one document."""

    def __init__(self, text: TokenisedText, headers: HeaderWriter) -> None:
        self.text = text
        self.headers = headers

    def join(self, first: Draft | None, second: Draft) -> Draft:
        """One draft from two neighbours. Headings belong to the section that they open, two
        texts to the innermost section around both.
        """
        if first is None:
            return second
        path = _common(first.path, second.path) if first.has_text else second.path
        return Draft(
            start=first.start,
            end=second.end,
            tokens=self.text.measure(first.start, second.end),
            path=path,
            page=first.page,
            context=first.context,
            has_text=first.has_text or second.has_text,
        )

    def total(self, draft: Draft) -> int:
        """Tokens of the draft when embedded."""
        return draft.tokens + self.headers.count(draft.path, draft.context)

    def fits(self, draft: Draft, limit: int) -> bool:
        return self.total(draft) <= limit and not self.text.is_long(draft.start, draft.end)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return one[:shared]
