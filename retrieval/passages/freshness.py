"""Versions of one passage, the newest of them first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.chunks import Chunk, Hit
from retrieval.passages.wording import figures_in, words_of

# A shorter text, such as "Last updated 2023", has the wording of too many others.
_TELLING_WORDS = 5
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Wording:
    """A chunk's words and those of its headings, figures aside."""

    text: tuple[str, ...]
    header: frozenset[str]

    @classmethod
    def of(cls, chunk: Chunk) -> _Wording:
        header = words_of(_header(chunk))
        return cls(
            text=_without_figures(words_of(chunk.text)),
            header=frozenset(_without_figures(header)),
        )


def newer_first(hits: Sequence[Hit], *, question: str) -> list[Hit]:
    """The same hits; those that are versions of one passage change places among themselves.

    Versions have the same words in the same order under the same headings, but for figures, in
    different documents. The one whose document changed last goes first; where they changed at the
    same time or that is not known, the one with the higher numbers in its title and path
    ("leave-2024", "v1.10"). A hit takes over the score of the place that it gets, so scores still
    fall. Versions stay as they are where the question names a figure of one of their headers or
    paths: it asks for that one.
    """
    asked = figures_in(words_of(question))
    places: dict[_Wording, list[int]] = defaultdict(list)
    for place, hit in enumerate(hits):
        wording = _Wording.of(hit.chunk)
        if len(wording.text) >= _TELLING_WORDS:
            places[wording].append(place)
    ordered = list(hits)
    for group in places.values():
        versions = [hits[place] for place in group]
        if len({hit.chunk.document_id for hit in versions}) < len(versions) or any(
            asked & figures_in(words_of(f"{_header(hit.chunk)} {hit.chunk.path}"))
            for hit in versions
        ):
            continue
        for place, hit in zip(group, _newest_first(versions), strict=True):
            ordered[place] = replace(hit, score=hits[place].score)
    return ordered


def _newest_first(versions: Sequence[Hit]) -> list[Hit]:
    """Ties stay in their order. Dates count where every version has one."""
    times = [hit.chunk.updated_at for hit in versions]
    numbers = [_numbers(hit.chunk) for hit in versions]
    known = [time.timestamp() for time in times if time is not None]
    dates = known if len(known) == len(versions) else [0.0] * len(versions)
    order = sorted(
        range(len(versions)), key=lambda item: (dates[item], numbers[item], -item), reverse=True
    )
    return [versions[item] for item in order]


def _numbers(chunk: Chunk) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(f"{chunk.title} {chunk.path}"))


def _header(chunk: Chunk) -> str:
    return " ".join((chunk.title, *chunk.heading_path))


def _without_figures(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word.isalpha())
