"""What a full listing promises."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import time

import pytest

from connectors.conformance.listed import Listed
from connectors.conformance.world import World
from connectors.contract import Coverage, DocumentRef, ListingEnd, Milestone, SourceMisconfigured
from core.access import parse_acl

# Many systems tell times in whole seconds.
_TICK_S = 1.1
_LONG_NAME = "n" * 196 + ".txt"
_DEEP_NAME = "/".join(["ordner-mit-einem-langen-namen"] * 8) + "/a.txt"


class ListingTests(World):
    """Of a world without faults."""

    def test_empty_world_is_listed_as_complete_with_nothing_in_it(self) -> None:
        with self.connected() as connector:
            items = [i for i in connector.discover(None) if not isinstance(i, Milestone)]
        assert len(items) == 1
        assert isinstance(items[0], ListingEnd)
        assert items[0].coverage is Coverage.EVERYTHING

    def test_emptied_world_is_listed_as_complete_with_nothing_in_it(self) -> None:
        self.put("a.txt", b"one")
        assert self.list_all().paths == {"a.txt"}
        self.delete("a.txt")
        listed = self.list_all()
        assert listed.paths == set()
        assert not listed.failures
        assert listed.coverage is Coverage.EVERYTHING

    def test_full_listing_names_every_document_and_nothing_else_and_ends_once(self) -> None:
        paths = {"a.txt", "b/a.txt", "b/c/a.txt", "z.txt"}
        for path in paths:
            self.put(path, path.encode())
        listed = self.list_all()
        assert listed.coverage is Coverage.EVERYTHING
        assert listed.paths == paths
        assert len(listed.documents) == len(paths)
        assert not listed.failures
        assert not listed.failed_parts

    def test_reference_says_what_the_contract_asks_for(self) -> None:
        self.put("folder/a.txt", b"twelve bytes")
        reference = self.list_all().at("folder/a.txt")
        assert reference.external_id
        assert reference.revision
        assert ":" in reference.uri
        assert reference.size_bytes in (None, 12)
        assert reference.updated_at is None or reference.updated_at.tzinfo is not None
        assert reference.mime is None or "/" in reference.mime
        assert reference.acl is None or parse_acl(reference.acl) == tuple(sorted(reference.acl))

    def test_listing_an_unchanged_world_again_gives_the_same_ids_and_revisions(self) -> None:
        """Whatever the order, however often a document is named, whichever connector lists."""
        for path in ("b/a.txt", "a.txt", "c.txt"):
            self.put(path, path.encode())
        seen: dict[str, tuple[str, str]] = {}
        for _ in range(2):
            with self.connected() as connector:
                for item in [*connector.discover(None), *connector.discover(None)]:
                    if isinstance(item, DocumentRef):
                        known = seen.setdefault(item.path, (item.external_id, item.revision))
                        assert known == (item.external_id, item.revision)
        assert len({external_id for external_id, _ in seen.values()}) == len(seen) == 3

    def test_changed_content_keeps_the_id_and_changes_the_revision_of_that_document_alone(
        self,
    ) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        before = self.list_all()
        self.put("a.txt", b"one and more")
        after = self.list_all()
        assert after.at("a.txt").external_id == before.at("a.txt").external_id
        assert after.at("a.txt").revision != before.at("a.txt").revision
        assert after.at("b.txt").revision == before.at("b.txt").revision

    def test_content_of_the_same_length_changes_the_revision_too(self) -> None:
        self.put("a.txt", b"one")
        before = self.list_all().at("a.txt").revision
        time.sleep(_TICK_S)
        self.put("a.txt", b"two")
        assert self.list_all().at("a.txt").revision != before

    def test_deleted_document_is_not_listed_and_its_neighbour_still_is(self) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        self.delete("a.txt")
        assert self.list_all().paths == {"b.txt"}

    def test_renamed_document_is_listed_under_its_new_path_only(self) -> None:
        self.put("a.txt", b"one")
        self.rename("a.txt", "b.txt")
        assert self.list_all().paths == {"b.txt"}
        assert self.read("b.txt") == b"one"

    @pytest.mark.parametrize(
        "path",
        [
            "Größe – 文書 (1).txt",
            "Cafe\u0301 📄.txt",
            "ordner ü/r#port?.txt",
            "100% sure & so+on;.txt",
            "a b/ c .txt",
            _LONG_NAME,
            _DEEP_NAME,
        ],
        ids=["unicode", "decomposed", "reserved", "escapes", "spaces", "long", "deep"],
    )
    def test_unusual_name_is_listed_as_it_is_and_can_be_fetched(self, path: str) -> None:
        self.put(path, b"content")
        assert self.list_all().paths == {path}
        assert self.read(path) == b"content"

    def test_child_comes_after_its_parent_and_names_it(self) -> None:
        self.put("a.txt", b"parent")
        self.put_child("a.txt", "a.txt/b.txt", b"child")
        listed = self.list_all()
        assert listed.at("a.txt/b.txt").parent_id == listed.at("a.txt").external_id
        assert self.read("a.txt/b.txt") == b"child"

    def test_child_goes_with_its_parent(self) -> None:
        self.put("a.txt", b"parent")
        self.put("c.txt", b"neighbour")
        self.put_child("a.txt", "a.txt/b.txt", b"child")
        self.delete("a.txt")
        assert self.list_all().paths == {"c.txt"}

    def test_scope_that_cannot_be_read_is_never_listed_as_empty(self) -> None:
        """Its documents would be taken for deleted."""
        connector = self.make_misconfigured_connector()
        try:
            with pytest.raises(SourceMisconfigured):
                Listed.of(connector.discover(None))
        finally:
            connector.close()
