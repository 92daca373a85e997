"""What every connector must pass. Subclass `ConnectorConformance` in your own tests.

    class TestMyConnector(ConnectorConformance):
        @pytest.fixture(autouse=True)
        def _world(self, tmp_path: Path) -> None:
            self.system = MySystem(tmp_path)  # pytest makes one instance, so one world, a test

        def make_connector(self) -> Connector:
            return MyConnector(self.system.config)

        ...

Needs pytest, and is imported by tests alone.
"""

# ruff: noqa: S101  (assertions are what this module is made of)

from __future__ import annotations

import pytest

from connectors.contract import (
    Connector,
    DocumentRef,
    DocumentVanished,
    ListingEnd,
    SourceMisconfigured,
)

_LONG_NAME = "n" * 196 + ".txt"
_ALL_BYTES = bytes(range(256)) * 5


class ConnectorConformance:
    """The contract in `connectors.contract`, as tests over a world that the subclass holds.

    The world is empty when a test begins. A path uses "/" between folders and is what the
    connector must report as `DocumentRef.path`.
    """

    def make_connector(self) -> Connector:
        """A connector over the test's world."""
        raise NotImplementedError

    def make_misconfigured_connector(self) -> Connector:
        """A connector whose scope does not exist, or may not be read."""
        raise NotImplementedError

    def put(self, path: str, content: bytes) -> None:
        """Add a document to the world, or replace its content."""
        raise NotImplementedError

    def delete(self, path: str) -> None:
        """Take a document out of the world."""
        raise NotImplementedError

    def rename(self, old: str, new: str) -> None:
        """Give a document another path, with the same content."""
        raise NotImplementedError

    def test_empty_world_is_listed_as_complete_with_nothing_in_it(self) -> None:
        items = list(self.make_connector().discover(None))
        assert len(items) == 1
        assert isinstance(items[0], ListingEnd)
        assert items[0].is_complete

    def test_full_listing_names_every_document_once_and_ends_with_one_complete_end(self) -> None:
        paths = {"a.txt", "b/a.txt", "b/c/a.txt", "z.txt"}
        for path in paths:
            self.put(path, path.encode())
        *documents, end = self.make_connector().discover(None)
        assert isinstance(end, ListingEnd)
        assert end.is_complete
        references = [item for item in documents if isinstance(item, DocumentRef)]
        assert references == documents
        assert sorted(reference.path for reference in references) == sorted(paths)
        assert len({reference.external_id for reference in references}) == len(paths)

    def test_reference_says_what_the_contract_asks_for(self) -> None:
        self.put("folder/a.txt", b"twelve bytes")
        reference = self._list()["folder/a.txt"]
        assert reference.external_id
        assert reference.revision
        assert ":" in reference.uri
        assert reference.size_bytes in (None, 12)
        assert reference.updated_at is None or reference.updated_at.tzinfo is not None

    def test_listing_an_unchanged_world_again_gives_the_same_ids_and_revisions(self) -> None:
        self.put("a.txt", b"one")
        self.put("b/a.txt", b"two")
        before, after = self._list(), self._list()
        assert _ids_and_revisions(after) == _ids_and_revisions(before)

    def test_changed_content_keeps_the_id_and_changes_the_revision_of_that_document_alone(
        self,
    ) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        before = self._list()
        self.put("a.txt", b"one and more")
        after = self._list()
        assert after["a.txt"].external_id == before["a.txt"].external_id
        assert after["a.txt"].revision != before["a.txt"].revision
        assert after["b.txt"].revision == before["b.txt"].revision

    def test_deleted_document_is_not_listed_and_its_neighbour_still_is(self) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        self.delete("a.txt")
        assert set(self._list()) == {"b.txt"}

    def test_renamed_document_is_listed_under_its_new_path_only(self) -> None:
        self.put("a.txt", b"one")
        self.rename("a.txt", "b.txt")
        assert set(self._list()) == {"b.txt"}
        assert self._fetch("b.txt") == b"one"

    @pytest.mark.parametrize("content", [b"", b"one", b"a\r\nb\rc\n\x00", _ALL_BYTES])
    def test_fetch_gives_the_exact_bytes(self, content: bytes) -> None:
        self.put("a.bin", content)
        self.put("b.bin", b"another document")
        assert self._fetch("a.bin") == content

    def test_fetch_after_a_change_gives_the_new_bytes(self) -> None:
        self.put("a.txt", b"one")
        self._list()
        self.put("a.txt", b"one and more")
        assert self._fetch("a.txt") == b"one and more"

    @pytest.mark.parametrize(
        "path", ["Größe – 文書 (1).txt", "ordner ü/r#port?.txt", "100% sure.txt", _LONG_NAME]
    )
    def test_unusual_name_is_listed_as_it_is_and_can_be_fetched(self, path: str) -> None:
        self.put(path, b"content")
        assert set(self._list()) == {path}
        assert self._fetch(path) == b"content"

    def test_document_that_was_deleted_after_the_listing_is_said_to_have_vanished(self) -> None:
        self.put("a.txt", b"one")
        connector = self.make_connector()
        reference = self._list(connector)["a.txt"]
        self.delete("a.txt")
        with pytest.raises(DocumentVanished), connector.fetch(reference):
            pass

    def test_check_accepts_a_scope_that_can_be_read(self) -> None:
        self.make_connector().check()

    def test_check_refuses_a_scope_that_cannot_be_read(self) -> None:
        connector = self.make_misconfigured_connector()
        with pytest.raises(SourceMisconfigured):
            connector.check()

    def test_scope_that_cannot_be_read_is_never_listed_as_empty(self) -> None:
        """Its documents would be taken for deleted."""
        connector = self.make_misconfigured_connector()
        with pytest.raises(SourceMisconfigured):
            list(connector.discover(None))

    def test_unknown_configuration_field_is_refused(self) -> None:
        connector_type = type(self.make_connector())
        with pytest.raises(SourceMisconfigured):
            connector_type.from_config({"no_connector_has_this_field": 1})

    def _list(self, connector: Connector | None = None) -> dict[str, DocumentRef]:
        """The documents of a full listing by path."""
        items = (connector or self.make_connector()).discover(None)
        return {item.path: item for item in items if isinstance(item, DocumentRef)}

    def _fetch(self, path: str) -> bytes:
        connector = self.make_connector()
        with connector.fetch(self._list(connector)[path]) as file:
            return file.read_bytes()


def _ids_and_revisions(documents: dict[str, DocumentRef]) -> dict[str, tuple[str, str]]:
    return {path: (item.external_id, item.revision) for path, item in documents.items()}
