"""Pairs written by hand over sentences of 18F's handbook and of made-up policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.claim_pairs.pair import Cited, Kind, Pair

_FOLDER = Path(__file__).parent
_KINDS: dict[str, Kind] = {
    "paraphrases": "paraphrase",
    "absent": "absent fact",
    "mismatched": "subject mismatch",
}


def handwritten_pairs() -> Iterator[Pair]:
    """Claims on sentences of the handbook, whose text the file holds."""
    for line in _lines("handwritten.jsonl"):
        for field, kind in _KINDS.items():
            for claim in line[field]:
                yield Pair(kind=kind, path=line["path"], claim=claim, cited=(_cited(line),))
    for line in _lines("merged.jsonl"):
        sources = [_cited(source) for source in line["sources"]]
        path = line["sources"][0]["path"]
        claim = line["claim"]
        yield Pair(kind="merged, both cited", path=path, claim=claim, cited=tuple(sources))
        for source in sources:
            yield Pair(kind="merged, one cited", path=path, claim=claim, cited=(source,))


def other_domains() -> Iterator[Pair]:
    """Claims on policies of other fields; all of them are for testing."""
    for line in _lines("other_domains.jsonl"):
        for field, kind in _KINDS.items():
            for claim in line[field]:
                yield Pair(kind=kind, path=line["domain"], claim=claim, cited=(_cited(line),))


def _cited(source: dict[str, Any]) -> Cited:
    return Cited(text=source["source"], header=source["header"])


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (_FOLDER / name).read_text("utf-8").splitlines():
        yield json.loads(line)
