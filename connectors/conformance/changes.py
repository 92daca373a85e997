"""What a listing of changes promises, where a connector offers one."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import pytest

from connectors.conformance.listed import Listed
from connectors.conformance.world import World
from connectors.contract import Checkpoint, Coverage, DocumentRef

_PATHS = ("a.txt", "b/a.txt", "b/b.txt", "c.txt", "d/a.txt")


class ChangeTests(World):
    """Every test begins with a full listing, and its checkpoint."""

    def test_full_listing_ends_with_a_checkpoint(self) -> None:
        self._require_changes()
        self.put("a.txt", b"one")
        listed = self.list_all()
        assert listed.coverage is Coverage.EVERYTHING
        assert listed.checkpoint is not None

    def test_unchanged_world_has_no_changes(self) -> None:
        known = self._begin()
        changes = self._follow(known)
        assert changes.named == set()

    def test_added_document_is_the_only_change(self) -> None:
        known = self._begin()
        self.put("b/new.txt", b"new")
        changes = self._follow(known)
        assert changes.paths == {"b/new.txt"}
        assert len(changes.named) == 1

    def test_changed_document_is_the_only_change(self) -> None:
        known = self._begin()
        before = known.at("b/a.txt")
        self.put("b/a.txt", b"one and more")
        changes = self._follow(known)
        assert changes.named == {before.external_id}
        assert changes.at("b/a.txt").revision != before.revision

    def test_removed_document_is_the_only_change(self) -> None:
        known = self._begin()
        gone = known.at("b/a.txt").external_id
        self.delete("b/a.txt")
        changes = self._follow(known)
        assert changes.named == {gone}
        assert not changes.documents

    def test_renamed_document_is_the_only_change(self) -> None:
        known = self._begin()
        old = known.at("b/a.txt").external_id
        self.rename("b/a.txt", "b/renamed.txt")
        changes = self._follow(known)
        assert changes.paths == {"b/renamed.txt"}
        assert changes.named == {old, changes.at("b/renamed.txt").external_id}

    def test_document_that_came_and_went_between_two_listings_leaves_no_trace(self) -> None:
        known = self._begin()
        self.put("b/brief.txt", b"brief")
        self.delete("b/brief.txt")
        assert not self._follow(known).documents

    def test_document_that_was_removed_and_added_again_is_there(self) -> None:
        known = self._begin()
        self.delete("b/a.txt")
        self.put("b/a.txt", b"another")
        self._follow(known)
        assert self.read("b/a.txt") == b"another"

    def test_changes_of_every_sort_lead_listing_by_listing_to_the_present_world(self) -> None:
        known = self._begin()
        self.put("a.txt", b"changed")
        self.put("e/new.txt", b"new")
        self.delete("c.txt")
        self.rename("b/b.txt", "b/z.txt")
        self._follow(known)
        self.put("c.txt", b"again")
        self.delete("e/new.txt")
        self._follow(known)
        assert self._follow(known).named == set()

    def test_change_made_while_everything_is_listed_is_named_then_or_next(self) -> None:
        """A checkpoint from the listing's end would skip what changed behind its back."""
        self._require_changes()
        for path in _PATHS:
            self.put(path, path.encode())
        known = Listed()
        with self.connected() as connector:
            listing = connector.discover(None)
            for item in listing:
                known.add([item])
                if isinstance(item, DocumentRef):
                    break
            self.put("a.txt", b"changed meanwhile")
            self.put("0.txt", b"new meanwhile")
            self.delete("d/a.txt")
            self.delete("b/a.txt")
            known.add(listing)
        self._follow(known)

    def test_access_that_changed_is_a_change(self) -> None:
        known = self._begin()
        token = self.access_tokens[0]
        self.grant("b/a.txt", token)
        self._follow(known)
        assert token in (known.at("b/a.txt").acl or ())
        self.revoke("b/a.txt", token)
        self._follow(known)
        assert token not in (known.at("b/a.txt").acl or ())

    def _require_changes(self) -> None:
        with self.connected() as connector:
            if not type(connector).capabilities.lists_changes:
                pytest.skip("this kind of connector does not list changes")

    def _begin(self) -> Listed:
        self._require_changes()
        for path in _PATHS:
            self.put(path, path.encode())
        return self.list_all()

    def _follow(self, known: Listed) -> Listed:
        """The changes alone; `known` is brought up to date and must then be the present world."""
        since = known.checkpoint
        assert since is not None
        with self.connected() as connector:
            items = list(connector.discover(Checkpoint(since)))
        known.add(items)
        assert known.coverage is Coverage.CHANGES
        assert known.checkpoint is not None
        assert known.state == self.list_all().state
        return Listed.of(items)
