"""Pairs made by rule from the sentences of a corpus. The same corpus gives the same pairs."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from benchmarks.claim_pairs.pair import Cited, Kind, Pair
from benchmarks.claim_pairs.sentences import CorpusSentence
from benchmarks.claim_pairs.swaps import (
    changed_modality,
    flipped,
    swapped_amount,
    swapped_date,
    swapped_name,
    swapped_number,
    swapped_unit,
)
from serving.answering.evidence import content_stems
from serving.checking.values import read_values

_MOST = 150
_MOST_WORDS_SHARED = 0.4
_SWAPS: dict[Kind, Callable[[str, random.Random], str | None]] = {
    "number swap": swapped_number,
    "date swap": swapped_date,
    "amount swap": swapped_amount,
    "unit swap": swapped_unit,
    "name swap": swapped_name,
    "negation flip": flipped,
    "modality change": changed_modality,
}


def mechanical_pairs(sentences: Sequence[CorpusSentence], *, seed: int = 18) -> Iterator[Pair]:
    """At most 150 of each kind, spread over the pages."""
    chance = random.Random(seed)
    shuffled = list({sentence.line: sentence for sentence in sentences}.values())
    chance.shuffle(shuffled)
    for sentence in shuffled[:_MOST]:
        yield Pair(
            kind="verbatim", path=sentence.path, claim=sentence.text, cited=(_cite(sentence),)
        )
    for kind, swap in _SWAPS.items():
        made = (
            Pair(kind=kind, path=sentence.path, claim=claim, cited=(_cite(sentence),))
            for sentence in shuffled
            if (claim := swap(sentence.line, chance)) is not None
        )
        yield from (pair for pair, _ in zip(made, range(_MOST), strict=False))
    yield from _merged(shuffled)
    yield from _wrong_passages(shuffled)
    yield from _equal_numbers(shuffled)


def _merged(sentences: Sequence[CorpusSentence]) -> Iterator[Pair]:
    for one, other in zip(sentences[::40], sentences[20::40], strict=False):
        claim = f"{one.line[:-1]}, and {other.line[0].lower()}{other.line[1:]}"
        both = (_cite(one), _cite(other))
        yield Pair(kind="merged, both cited", path=one.path, claim=claim, cited=both)
        yield Pair(kind="merged, one cited", path=one.path, claim=claim, cited=both[:1])


def _wrong_passages(sentences: Sequence[CorpusSentence]) -> Iterator[Pair]:
    by_path: dict[str, list[CorpusSentence]] = defaultdict(list)
    for sentence in sentences:
        by_path[sentence.path].append(sentence)
    for sentence, other in zip(sentences[:_MOST], sentences[_MOST : 2 * _MOST], strict=False):
        if _is_apart(sentence, other):
            yield Pair(
                kind="wrong passage", path=sentence.path, claim=sentence.line, cited=(_cite(other),)
            )
        near = [one for one in by_path[sentence.path] if _is_apart(sentence, one)]
        if near:
            nearest = max(near, key=lambda one: len(_stems(one) & _stems(sentence)))
            yield Pair(
                kind="neighbouring passage",
                path=sentence.path,
                claim=sentence.line,
                cited=(_cite(nearest),),
            )


def _equal_numbers(sentences: Sequence[CorpusSentence]) -> Iterator[Pair]:
    """Sentences of different pages that share an amount, each citing the next one."""
    by_amount: dict[tuple[object, str | None], list[CorpusSentence]] = defaultdict(list)
    for sentence in sentences:
        for value in read_values(sentence.line).quantities:
            if not value.is_weak and value.amount > 2:
                by_amount[value.amount, value.unit].append(sentence)
    count = 0
    for sharing in by_amount.values():
        for one, other in itertools.pairwise(sharing):
            if one.path != other.path and _is_apart(one, other) and count < _MOST:
                count += 1
                yield Pair(
                    kind="subject mismatch, mechanical",
                    path=one.path,
                    claim=one.line,
                    cited=(_cite(other),),
                )


def _is_apart(one: CorpusSentence, other: CorpusSentence) -> bool:
    stems = _stems(one)
    return len(stems & _stems(other)) <= _MOST_WORDS_SHARED * len(stems)


def _stems(sentence: CorpusSentence) -> frozenset[str]:
    return frozenset(content_stems(sentence.line))


def _cite(sentence: CorpusSentence) -> Cited:
    return Cited(text=sentence.text, header=sentence.header, context=sentence.context)
