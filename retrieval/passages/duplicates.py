"""Passages that say the same, in one hit with several locations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.chunks import Chunk, Hit
from retrieval.passages.wording import figures_in, words_of

# A text of so many words is a copy wherever it stands; a shorter one, such as "Open from 9 to 5.",
# says something else under another heading.
_TELLING_WORDS = 40
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Wording:
    """A chunk as it is compared: case, punctuation, markup and idle words aside."""

    text: tuple[str, ...]
    header: frozenset[str]

    @classmethod
    def of(cls, chunk: Chunk) -> _Wording:
        header = " ".join((chunk.title, *chunk.heading_path))
        return cls(text=words_of(chunk.text), header=frozenset(words_of(header)))

    def says_the_same(self, other: _Wording) -> bool:
        if self.text != other.text:
            return False
        if self.header == other.header:
            return True
        # "Leave 2023" and "Leave 2024" may have a text in common, and are not one page.
        same_figures = figures_in(self.header) == figures_in(other.header)
        return same_figures and len(self.text) >= _TELLING_WORDS


@dataclass(slots=True)
class _Group:
    wording: _Wording
    hits: list[Hit]


def collapse_duplicates(hits: Sequence[Hit]) -> list[Hit]:
    """One hit for each distinct passage, in the order of the best of its copies.

    Copies have the same words in the same order, under the same headings unless they are long, and
    never under other figures. The hit that stays is the copy that changed last, with the best
    one's score; the others are its `duplicates`. All of them are hits already, so each was found
    under the access filter.
    """
    groups: list[_Group] = []
    by_text: dict[tuple[str, ...], list[_Group]] = defaultdict(list)
    for hit in hits:
        wording = _Wording.of(hit.chunk)
        same_text = by_text[wording.text] if wording.text else []
        group = next((g for g in same_text if g.wording.says_the_same(wording)), None)
        if group is None:
            group = _Group(wording, [])
            groups.append(group)
            same_text.append(group)
        group.hits.append(hit)
    return [_merged(group.hits) for group in groups]


def _merged(copies: list[Hit]) -> Hit:
    best = copies[0]
    # The first of equally new ones: what ranks best.
    newest = max(copies, key=lambda hit: hit.chunk.updated_at or _NEVER)
    others = tuple(hit.chunk for hit in copies if hit is not newest)
    return replace(newest, score=best.score, retrievers=best.retrievers, duplicates=others)
