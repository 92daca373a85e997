"""Listings of changes where the system names everything: what differs from the listing before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
)
from connectors.snapshots.folder import Snapshot, SnapshotFolder, SnapshotMissing

Step = tuple[str | None, Sequence[DocumentRef | DocumentFailure | ListingFailure]]
"""What belongs together, and what a listing stopped behind it goes on after (None: not here)."""


class ListingState(BaseModel):
    """`base` is the snapshot to compare with (None: everything is to be named). Of a listing that
    has not ended, `snapshot` is its own, and `after` the last step that stands.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1] = 1
    scope: str
    """Differs between configurations that may name different documents."""
    base: str | None = None
    snapshot: str | None = None
    after: str | None = None

    @classmethod
    def of(cls, since: Checkpoint | None, *, scope: str) -> ListingState:
        """Raises CheckpointExpired if it is not one of ours, or of another scope."""
        if since is None:
            return cls(scope=scope)
        try:
            state = cls.model_validate_json(since)
        except ValidationError as error:
            raise CheckpointExpired("The checkpoint is not one of this kind of source.") from error
        if state.scope != scope:
            raise CheckpointExpired("The source was configured differently at the checkpoint.")
        if state.base is None and state.snapshot is None:
            raise CheckpointExpired("The checkpoint names no listing.")
        return state

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.model_dump_json())


def scope_of(*parts: str) -> str:
    """A short text that differs where one of the parts does."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def changes(
    state: ListingState, steps: Iterable[Step], *, folder: SnapshotFolder, milestone_every: int
) -> Iterator[ListingItem]:
    """The listing of all steps behind `state.after`, which come in one order always.

    Raises CheckpointExpired where a snapshot is no longer in the cache.
    """
    opened = (
        folder.begin(base=state.base)
        if state.snapshot is None
        else folder.resume(state.snapshot, base=state.base)
    )
    try:
        with opened as snapshot:
            state = state.model_copy(update={"snapshot": snapshot.name})
            yield from _list(state, steps, snapshot, milestone_every)
    except SnapshotMissing as error:
        raise CheckpointExpired(
            "What the listing before had seen is no longer in the cache."
        ) from error


def _list(
    state: ListingState, steps: Iterable[Step], snapshot: Snapshot, milestone_every: int
) -> Iterator[ListingItem]:
    for number, (name, items) in enumerate(steps, 1):
        for item in items:
            if isinstance(item, ListingFailure) or _is_news(item, state, snapshot):
                yield item
        if name is not None and number % milestone_every == 0:
            snapshot.commit()
            yield Milestone(checkpoint=state.model_copy(update={"after": name}).checkpoint())
    snapshot.commit()
    if state.base is not None:
        for external_id in snapshot.iter_removed():
            yield DocumentRemoved(external_id=external_id)
    yield ListingEnd(
        coverage=Coverage.EVERYTHING if state.base is None else Coverage.CHANGES,
        checkpoint=ListingState(scope=state.scope, base=snapshot.name).checkpoint(),
    )


def _is_news(item: DocumentRef | DocumentFailure, state: ListingState, snapshot: Snapshot) -> bool:
    if isinstance(item, DocumentFailure):
        # Equal to no digest, so that the document is named as soon as it can be offered again.
        snapshot.add(item.external_id, b"")
        return True
    digest = hashlib.sha256(repr(item).encode()).digest()[:16]
    snapshot.add(item.external_id, digest)
    return state.base is None or snapshot.find_in_base(item.external_id) != digest
