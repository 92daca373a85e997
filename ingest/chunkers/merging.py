"""Small chunks join a neighbour, the nearest relative first."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.chunkers.drafts import Draft, Drafting


def merge_small(
    drafts: Sequence[Draft], drafting: Drafting, *, limit: int, small: int
) -> list[Draft]:
    """Join each draft of fewer than `small` tokens to a neighbour, as long as `limit` holds both.

    Neighbours are of one section, or one is a sibling of the other or of a section around it;
    those that share more of their heading path join before those that share less.
    """
    merged = list(drafts)
    for depth in range(max((len(draft.path) for draft in drafts), default=0), -1, -1):
        merged = _merge_at(merged, drafting, depth=depth, limit=limit, small=small)
    return merged


def _merge_at(
    drafts: Sequence[Draft], drafting: Drafting, *, depth: int, limit: int, small: int
) -> list[Draft]:
    merged: list[Draft] = []
    for draft in drafts:
        if merged and min(merged[-1].tokens, draft.tokens) < small:
            joined = drafting.join(merged[-1], draft)
            is_related = len(joined.path) >= max(
                depth, min(len(merged[-1].path), len(draft.path)) - 1
            )
            if is_related and drafting.fits(joined, limit):
                merged[-1] = joined
                continue
        merged.append(draft)
    return merged
