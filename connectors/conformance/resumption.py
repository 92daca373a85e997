"""What a listing that was stopped promises: the rest of it, from the last milestone on."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.conformance.listed import Listed, until_last_milestone
from connectors.conformance.world import World
from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    ListingItem,
    Milestone,
    SourceMisconfigured,
)

_PATHS = ("a.txt", "b/a.txt", "b/b.txt", "b/c/a.txt", "c.txt", "d/a.txt", "e.txt")


class ResumptionTests(World):
    """A listing is stopped by a fault, a deadline or a killed worker."""

    def test_listing_stopped_after_any_item_and_resumed_is_as_good_as_an_undisturbed_one(
        self,
    ) -> None:
        for path in _PATHS:
            self.put(path, path.encode())
        with self.connected() as connector:
            items = list(connector.discover(None))
        whole = Listed.of(items)
        assert whole.coverage is Coverage.EVERYTHING
        for count in range(1, len(items)):
            self._stop_and_resume(None, count, whole)

    def test_change_listing_stopped_after_any_item_and_resumed_names_every_change(self) -> None:
        start = self._start_of_changes()
        with self.connected() as connector:
            items = list(connector.discover(start))
        whole = Listed.of(items)
        for count in range(1, len(items)):
            self._stop_and_resume(start, count, whole)

    def test_listing_resumed_twice_from_one_milestone_gives_the_same_twice(self) -> None:
        for path in _PATHS:
            self.put(path, path.encode())
        with self.connected() as connector:
            milestones = [i for i in connector.discover(None) if isinstance(i, Milestone)]
        for milestone in milestones:
            first, second = (self.list_all(milestone.checkpoint) for _ in range(2))
            assert first.state == second.state
            assert first.coverage is second.coverage is Coverage.EVERYTHING

    @pytest.mark.parametrize(
        "checkpoint",
        ["", "nonsense", "{}", "[]", "null", "0", '{"version": 999}', '"é\\u0000"', "=" * 5_000],
        ids=["empty", "word", "object", "list", "null", "number", "later", "string", "long"],
    )
    def test_checkpoint_that_the_connector_never_made_has_expired(self, checkpoint: str) -> None:
        """The caller then lists everything; anything else it would take for a broken source."""
        self.put("a.txt", b"one")
        with self.connected() as connector, pytest.raises(CheckpointExpired):
            list(connector.discover(Checkpoint(checkpoint)))

    def test_scope_that_cannot_be_read_is_misconfigured_when_resuming_too(self) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        with self.connected() as connector:
            checkpoints = _checkpoints(list(connector.discover(None)))
        for checkpoint in checkpoints:
            broken = self.make_misconfigured_connector()
            try:
                with pytest.raises(SourceMisconfigured):
                    list(broken.discover(checkpoint))
            finally:
                broken.close()

    def _start_of_changes(self) -> Checkpoint:
        """A checkpoint after which there are changes of every sort."""
        for path in _PATHS:
            self.put(path, path.encode())
        with self.connected() as connector:
            if not type(connector).capabilities.lists_changes:
                pytest.skip("this kind of connector does not list changes")
            start = Listed.of(connector.discover(None)).checkpoint
        assert start is not None
        self.put("a.txt", b"changed")
        self.delete("c.txt")
        self.delete("d/a.txt")
        self.put("f/a.txt", b"new")
        self.put("f/b.txt", b"new")
        return start

    def _stop_and_resume(self, start: Checkpoint | None, count: int, whole: Listed) -> None:
        with self.connected() as stopped:
            listing = stopped.discover(start)
            taken = [next(listing) for _ in range(count)]
            if hasattr(listing, "close"):
                listing.close()
        stands = until_last_milestone(taken)
        known = Listed().add(stands)
        # Where nothing stands, a new listing begins where this one did.
        since = known.milestone if stands else start
        with self.connected() as resumed:
            known.add(resumed.discover(since))
        assert known.state == whole.state, f"stopped after {count} items"
        assert known.named >= whole.named, f"stopped after {count} items"
        assert known.coverage is whole.coverage, f"stopped after {count} items"
        assert (known.checkpoint is None) == (whole.checkpoint is None)


def _checkpoints(items: Sequence[ListingItem]) -> list[Checkpoint]:
    made = [item.checkpoint for item in items if isinstance(item, Milestone)]
    end = Listed.of(items).checkpoint
    return made if end is None else [*made, end]
