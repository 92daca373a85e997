"""Relevance judgements (qrels) in BEIR's form: query, document and score, parted by tabs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigurationError
from evaluation.importers.lines import iter_lines

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Judgements:
    """Documents with a score above 0 by query, in the file's order; and every query named."""

    relevant: dict[str, tuple[str, ...]]
    queries: frozenset[str]


def load_judgements(file: Path) -> Judgements:
    """A first line whose score is no number is the header. Raises ConfigurationError."""
    relevant: dict[str, list[str]] = {}
    queries = set()
    for place, line in iter_lines(file):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != _COLUMNS:
            raise place.error(
                f"query-id, corpus-id and score were expected, parted by tabs, not {len(fields)} "
                "fields"
            )
        query, document, score = (field.strip() for field in fields)
        try:
            is_relevant = float(score) > 0
        except ValueError:
            if place.line == 1:
                continue
            raise place.error(f"the score {score!r} is no number") from None
        if math.isnan(float(score)) or not query or not document:
            raise place.error("a query, a document or a score is missing")
        queries.add(query)
        if is_relevant and document not in relevant.setdefault(query, []):
            relevant[query].append(document)
    return Judgements(
        relevant={query: tuple(documents) for query, documents in relevant.items() if documents},
        queries=frozenset(queries),
    )


def find_file(folder: Path, pattern: str, *, wanted: str | None, option: str) -> Path:
    """The one file that matches; of several the one that is named `wanted`.

    Raises ConfigurationError, naming what is there and the option that chooses.
    """
    files = sorted(folder.glob(pattern))
    names = ", ".join(file.name for file in files) or "nothing"
    if wanted is not None:
        files = [file for file in files if file.name.split(".")[0] == wanted]
    if len(files) != 1:
        raise ConfigurationError(
            f"{folder} must hold one file {pattern!r}; it holds {names}. Choose with {option}."
        )
    return files[0]
