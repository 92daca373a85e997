"""Chunks of a fixed number of tokens, whatever the structure: the floor to compare with."""

from __future__ import annotations

from bisect import bisect_right

from core.errors import ConfigurationError
from ingest.chunkers.boundaries import Boundary, find_cut
from ingest.chunkers.contract import MIN_TOKENS, ChunkSpan, TokenCounter
from ingest.chunkers.tokenised import TokenisedText
from ingest.normalise import NormalisedDocument


class FixedChunker:
    """Windows of up to `max_tokens` tokens, ended at the last white space in them, no header.

    Each window but the first begins about `overlap` tokens before the end of the one before it.
    """

    def __init__(self, *, max_tokens: int, tokens: TokenCounter, overlap: int = 0) -> None:
        if max_tokens < MIN_TOKENS or not 0 <= overlap <= max_tokens // 2:
            raise ConfigurationError(
                f"A chunk needs at least {MIN_TOKENS} tokens, and the overlap is at most half of "
                f"it. The limit is {max_tokens}, the overlap {overlap}.",
                max_tokens=max_tokens,
                overlap=overlap,
            )
        self._max_tokens = max_tokens
        self._overlap = overlap
        self._tokens = tokens

    def split(self, document: NormalisedDocument) -> list[ChunkSpan]:
        text = TokenisedText(document.text, self._tokens, max_tokens=self._max_tokens)
        block_starts = [block.start for block in document.blocks]
        spans = []
        start, end = text.trim(0, len(document.text))
        while start < end:
            cut = self._window_end(text, start, end)
            _, window_end = text.trim(start, cut)
            block = bisect_right(block_starts, start) - 1
            spans.append(
                ChunkSpan(
                    start=start,
                    end=window_end,
                    token_count=text.measure(start, window_end),
                    page=document.blocks[block].page if block >= 0 else None,
                )
            )
            if cut >= end:
                break
            start, _ = text.trim(self._next_start(text, start, cut), end)
        return spans

    def _window_end(self, text: TokenisedText, start: int, end: int) -> int:
        furthest = text.reach(start, self._max_tokens)
        if furthest >= end and text.measure(start, end) <= self._max_tokens:
            return end
        furthest = min(furthest, end)
        cut = find_cut(
            text.text, Boundary.WORD, start=start, least=start, best=furthest, end=furthest
        )
        _, window_end = text.trim(start, cut)
        if cut and text.measure(start, window_end) <= self._max_tokens:
            return cut
        return text.shrink(start, furthest, self._max_tokens)

    def _next_start(self, text: TokenisedText, start: int, cut: int) -> int:
        if not self._overlap:
            return cut
        wanted = text.back(cut, self._overlap)
        word = find_cut(text.text, Boundary.WORD, start=wanted, least=wanted, best=wanted, end=cut)
        return word if start < word < cut else cut
