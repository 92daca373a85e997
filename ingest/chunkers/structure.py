"""Chunks that follow the document's structure: sections, paragraphs, list items, table rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from core.errors import ConfigurationError
from ingest.chunkers.boundaries import Boundary, find_cut
from ingest.chunkers.contract import MIN_TOKENS, ChunkSpan, TokenCounter
from ingest.chunkers.drafts import Draft, Drafting
from ingest.chunkers.headers import HeaderWriter
from ingest.chunkers.merging import merge_small
from ingest.chunkers.tokenised import TokenisedText
from ingest.normalise import NormalisedDocument, TextBlock
from ingest.parsers.contract import BlockKind

# Below this share of the target a chunk looks for a neighbour to join.
_SMALL_SHARE = 4


class StructureChunker:
    """A chunk begins at each heading and holds whole blocks for as long as they fit.

    A block that fits in no chunk is cut between sentences (tables and code: between lines), else
    between words, else anywhere. The header rows of a table go into the context of its later
    pieces. Chunks of a few tokens join a neighbour of the same or a sibling section.

    `target_tokens` is how long a chunk may grow block by block, header included, by default
    `max_tokens`; a single block may be as long as `max_tokens`.
    """

    def __init__(
        self, *, max_tokens: int, tokens: TokenCounter, target_tokens: int | None = None
    ) -> None:
        target = max_tokens if target_tokens is None else target_tokens
        if not MIN_TOKENS <= target <= max_tokens:
            raise ConfigurationError(
                f"A chunk needs at least {MIN_TOKENS} tokens, and its target is at most the "
                f"embedding model's limit. The limit is {max_tokens}, the target {target}.",
                max_tokens=max_tokens,
                target_tokens=target,
            )
        self._max_tokens = max_tokens
        self._target_tokens = target
        self._tokens = tokens

    def split(self, document: NormalisedDocument) -> list[ChunkSpan]:
        headers = HeaderWriter(
            title=document.title, max_tokens=self._target_tokens, tokens=self._tokens
        )
        text = TokenisedText(document.text, self._tokens, max_tokens=self._max_tokens)
        drafting = Drafting(text, headers)
        packer = _Packer(drafting, max_tokens=self._max_tokens, target_tokens=self._target_tokens)
        drafts = merge_small(
            list(packer.pack(document.blocks)),
            drafting,
            limit=self._target_tokens,
            small=self._target_tokens // _SMALL_SHARE,
        )
        return [
            ChunkSpan(
                start=draft.start,
                end=draft.end,
                token_count=draft.tokens,
                heading_path=draft.path,
                page=draft.page,
                context=draft.context,
                header=headers.write(draft.path, draft.context),
            )
            for draft in drafts
        ]


class _Packer:
    """Fills one chunk after the other with a document's blocks."""

    def __init__(self, drafting: Drafting, *, max_tokens: int, target_tokens: int) -> None:
        self._drafting = drafting
        self._text = drafting.text
        self._max_tokens = max_tokens
        self._target_tokens = target_tokens
        self._open: Draft | None = None
        # The open chunk without its last block, and that block, if it only leads to the next one.
        self._lead_in: tuple[Draft, Draft] | None = None

    def pack(self, blocks: tuple[TextBlock, ...]) -> Iterator[Draft]:
        for block in blocks:
            yield from self._place(block)
        yield from self._close()

    def _close(self) -> Iterator[Draft]:
        if self._open is not None:
            yield self._open
        self._open = self._lead_in = None

    def _place(self, block: TextBlock) -> Iterator[Draft]:
        start, end = self._text.trim(block.start, block.end)
        if block.kind is BlockKind.HEADING and self._open is not None and self._open.has_text:
            yield from self._close()
        context = ""
        while start < end:
            rest = self._draft(block, start, end, context)
            if self._fits(rest):
                self._add(rest)
                return
            if self._should_move(block, rest):
                yield from self._close_before(rest)
                continue
            cut = self._cut(block, rest)
            if cut is None:
                yield from self._close()
                continue
            _, piece_end = self._text.trim(start, cut)
            piece = self._draft(block, start, piece_end, context)
            self._open = self._drafting.join(self._open, piece)
            yield from self._close()
            start, _ = self._text.trim(cut, end)
            context = context or self._table_header(block)

    def _close_before(self, rest: Draft) -> Iterator[Draft]:
        """Close the open chunk, but keep a last line such as "You need:" for what it leads to."""
        if self._lead_in is not None:
            without, lead_in = self._lead_in
            if self._drafting.fits(self._drafting.join(lead_in, rest), self._target_tokens):
                self._open = without
                yield from self._close()
                self._open = lead_in
                return
        yield from self._close()

    def _add(self, whole: Draft) -> None:
        before = self._open
        self._open = self._drafting.join(before, whole)
        is_lead_in = (
            whole.has_text
            and whole.tokens <= self._target_tokens // _SMALL_SHARE
            and self._text.text[whole.end - 1] in ":："
        )
        self._lead_in = None
        if is_lead_in and before is not None and before.has_text:
            self._lead_in = (before, whole)

    def _draft(self, block: TextBlock, start: int, end: int, context: str) -> Draft:
        return Draft(
            start=start,
            end=end,
            tokens=self._text.measure(start, end),
            path=block.heading_path,
            page=block.page,
            context=context,
            has_text=block.kind is not BlockKind.HEADING,
        )

    def _limit(self) -> int:
        """How far the open chunk may grow: a block alone, or under its heading, stays whole."""
        is_filled = self._open is not None and self._open.has_text
        return self._target_tokens if is_filled else self._max_tokens

    def _fits(self, rest: Draft) -> bool:
        return self._drafting.fits(self._drafting.join(self._open, rest), self._limit())

    def _should_move(self, block: TextBlock, rest: Draft) -> bool:
        """Whether a block that the open chunk cannot hold goes into the next one whole."""
        if self._open is None or not self._drafting.fits(rest, self._max_tokens):
            return False
        is_worth_splitting = (
            block.kind is not BlockKind.HEADING
            and not self._open.has_text
            and self._drafting.total(self._open) <= self._target_tokens // 2
        )
        return not is_worth_splitting

    def _cut(self, block: TextBlock, rest: Draft) -> int | None:
        """Where to cut a block; None if the open chunk has no room for a decent piece of it."""
        used = 0 if self._open is None else self._open.tokens
        joined = self._drafting.join(self._open, rest)
        header = self._drafting.headers.count(joined.path, joined.context)
        capacity = self._target_tokens - header
        room = capacity - used
        if self._open is not None and room <= capacity // 4:
            return None
        is_filled = self._open is not None and self._open.has_text
        # Equal pieces, so that the last one is not a scrap.
        total = max(1, used + rest.tokens)
        pieces = ceil(total / capacity)
        best = min(room, max(1, ceil(total / pieces) - used))
        end = min(rest.end, self._text.reach(rest.start, room))
        by_line = block.kind in (BlockKind.TABLE, BlockKind.CODE)
        boundaries = [Boundary.LINE if by_line else Boundary.SENTENCE]
        if not is_filled:
            boundaries.append(Boundary.WORD)
        for boundary in boundaries:
            cut = find_cut(
                self._text.text,
                boundary,
                start=rest.start,
                least=self._first_row_end(block) if boundary is Boundary.LINE else rest.start,
                best=self._text.reach(rest.start, best),
                end=end,
            )
            _, piece_end = self._text.trim(rest.start, cut)
            if cut and self._text.measure(rest.start, piece_end) <= room:
                return cut
        return None if is_filled else self._text.shrink(rest.start, end, room)

    def _table_header(self, block: TextBlock) -> str:
        if block.kind is not BlockKind.TABLE or block.header_rows < 1:
            return ""
        return self._drafting.headers.shorten(
            self._text.text[block.start : self._rows_end(block, block.header_rows)]
        )

    def _first_row_end(self, block: TextBlock) -> int:
        """A table's header rows are no use without the first row below them."""
        if block.kind is not BlockKind.TABLE:
            return block.start
        return self._rows_end(block, block.header_rows + 1)

    def _rows_end(self, block: TextBlock, rows: int) -> int:
        end = block.start
        for _ in range(rows):
            found = self._text.text.find("\n", end, block.end)
            if found < 0:
                return block.end
            end = found + 1
        return end
