"""Chunks that stand beside each other in their document, read as one passage."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from core.access import Principal
from core.blobs import TextNotFound, TextStore
from core.chunks import Chunk, ChunkId, DocumentId, Hit, chunk_id
from core.settings import PassageSettings
from retrieval.filters import SearchFilters
from retrieval.index.contract import VectorIndex
from retrieval.passages.passage import Passage

_Place = tuple[DocumentId, int]
"""A chunk's document and ordinal."""


class NeighbourMerger:
    """Makes passages of hits: neighbours among them become one, and the first ones take along what
    stands around them. Safe to use from several threads.

    What is taken along is asked for by id, under the same access filter as the hits themselves.
    """

    def __init__(self, *, index: VectorIndex, texts: TextStore, settings: PassageSettings) -> None:
        self._index = index
        self._texts = texts
        self._settings = settings

    def merge(
        self, hits: Sequence[Hit], *, principal: Principal, filters: SearchFilters
    ) -> tuple[Passage, ...]:
        """Every hit in exactly one passage, which stands where the best of its hits stood.

        Chunks are merged if one's heading is the other's, above it or beside it, and up to
        `max_tokens` altogether. Raises IndexUnavailable.
        """
        if not self._settings.merge_neighbours:
            return tuple(Passage.of(hit) for hit in hits)
        left = self._around(hits, principal=principal, filters=filters)
        left.update({_place(hit.chunk): hit for hit in hits})
        passages: list[Passage] = []
        for hit in hits:
            # One that a better hit's passage took is no longer left.
            if _place(hit.chunk) in left:
                run = _grown(hit, left, max_tokens=self._settings.max_tokens)
                for each in run:
                    del left[_place(each.chunk)]
                passages += self._read(run, found=hits)
        return tuple(passages)

    def _around(
        self, hits: Sequence[Hit], *, principal: Principal, filters: SearchFilters
    ) -> dict[_Place, Hit]:
        """What stands in the window around the first hits, each with the score of the best one."""
        anchors: dict[ChunkId, Hit] = {}
        for hit in hits[: self._settings.widened_hits]:
            for ordinal in _window(hit.chunk.ordinal, self._settings.window):
                anchors.setdefault(chunk_id(hit.chunk.document_id, ordinal), hit)
        chunks = self._index.find_chunks(list(anchors), principal=principal, filters=filters)
        return {
            _place(chunk): Hit(chunk=chunk, score=anchors[id_].score)
            for id_, chunk in chunks.items()
        }

    def _read(self, run: Sequence[Hit], *, found: Sequence[Hit]) -> list[Passage]:
        if len(run) == 1:
            return [Passage.of(run[0])]
        first, last = run[0].chunk, run[-1].chunk
        try:
            text = self._texts.get_text(first.document_id, first.text_version)
        except TextNotFound:
            # The document is being deleted or indexed anew: what was found is still a passage.
            return [Passage.of(hit) for hit in run if hit in found]
        return [Passage(hits=tuple(run), text=text[first.start : last.end])]


def _place(chunk: Chunk) -> _Place:
    return chunk.document_id, chunk.ordinal


def _window(ordinal: int, width: int) -> Iterator[int]:
    """The ordinals around this one, nearest first, what follows before what precedes."""
    for distance in range(1, width + 1):
        yield ordinal + distance
        if distance <= ordinal:
            yield ordinal - distance


def _grown(hit: Hit, left: Mapping[_Place, Hit], *, max_tokens: int) -> list[Hit]:
    """The hit with its neighbours, by turns after it and before it, for as long as they fit."""
    run = deque([hit])
    tokens = hit.chunk.token_count
    open_ends = deque([1, -1])
    while open_ends:
        step = open_ends.popleft()
        edge = run[-1 if step > 0 else 0].chunk
        neighbour = left.get((edge.document_id, edge.ordinal + step))
        if neighbour is None or not _continues(edge, neighbour.chunk):
            continue
        tokens += neighbour.chunk.token_count
        if tokens > max_tokens:
            break
        if step > 0:
            run.append(neighbour)
        else:
            run.appendleft(neighbour)
        open_ends.append(step)
    return list(run)


def _continues(one: Chunk, other: Chunk) -> bool:
    """Whether the two stand in one section, in one within the other, or in two side by side."""
    if one.text_version != other.text_version:
        return False
    a, b = one.heading_path, other.heading_path
    shared = min(len(a), len(b))
    return a[:shared] == b[:shared] or (len(a) == len(b) and a[:-1] == b[:-1])
