"""Saying that documents disagree: both sides, each with its document and date."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.chunks import Chunk
from serving.answering.conflicts import Conflict
from serving.answering.contract import Citation, Claim


def describe_disagreement(
    conflicts: Sequence[Conflict],
    claims: Sequence[Claim],
    *,
    marker: Callable[[Citation], str] = lambda _: "",
) -> str:
    """One sentence a side, the delivered one first; each side once. `marker` follows each quote,
    where given. `claims` are those that the conflicts count.
    """
    sides: dict[str, str] = {}
    for conflict in conflicts:
        for citation in (claims[conflict.claim].citations[0], conflict.citation):
            said = f"{_source(citation.hit.chunk)} says “{_on_one_line(citation.quote)}”"
            sides.setdefault(said, f"{said}{marker(citation)}.")
    return " ".join(("The documents disagree:", *sides.values()))


def _source(chunk: Chunk) -> str:
    # Days are written the same in every language.
    changed = f", {chunk.updated_at:%Y-%m-%d}" if chunk.updated_at is not None else ", no date"
    return f"{chunk.title or chunk.path} ({chunk.path}{changed})"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
