"""The upload connector keeps the contract over a real store."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from connectors.conformance import ConnectorConformance
from connectors.context import ConnectorContext
from connectors.contract import (
    Connector,
    DocumentRemoved,
    DocumentUnreadable,
    SourceUnavailable,
)
from connectors.upload.config import UploadConfig
from connectors.upload.connector import UploadConnector
from core.uploads import UploadStore


class TestUploadConnector(ConnectorConformance):
    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(UploadConnector, "milestone_every", 3)
        self.root = tmp_path / "uploads"
        self.store = UploadStore(self.root)
        self.ids: dict[str, str] = {}
        self.cache_dir = tmp_path / "cache"
        self.acls: dict[str, tuple[str, ...]] = {}

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(self.store, max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(None, None)

    def put(self, path: str, content: bytes) -> None:
        self.store.put(
            "s", self._id(path), io.BytesIO(content), path=path, mime=None, acl=self.acls.get(path)
        )

    def delete(self, path: str) -> None:
        self.store.remove("s", self._id(path))

    def rename(self, old: str, new: str) -> None:
        """As whoever pushes with ids of his own does it: the document stays the same one."""
        content = self._content(old)
        self.ids[new] = self._id(old)
        self.put(new, content)

    def grant(self, path: str, token: str) -> None:
        self.acls[path] = (*self.acls.get(path, ()), token)
        self.put(path, self._content(path))

    def revoke(self, path: str, token: str) -> None:
        self.acls[path] = tuple(held for held in self.acls[path] if held != token)
        self.put(path, self._content(path))

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.put(f"{number}.txt", b"x")

    def _id(self, path: str) -> str:
        return self.ids.get(path, path)

    def _content(self, path: str) -> bytes:
        with self.store.open("s", self._id(path)) as file:
            return file.read()

    def _open(self, store: UploadStore | None, max_file_bytes: int | None) -> Connector:
        context = ConnectorContext(
            source_id="s",
            cache_dir=self.cache_dir,
            uploads=store,
            max_file_bytes=max_file_bytes or 10 * 1024**2,
        )
        return UploadConnector.open(UploadConfig(), None, context)

    def test_document_that_was_removed_is_named_as_removed(self) -> None:
        self.put("a.txt", b"one")
        self.delete("a.txt")
        with self.connected() as connector:
            assert DocumentRemoved(external_id="a.txt") in list(connector.discover(None))

    def test_same_bytes_under_another_path_or_type_are_another_revision(self) -> None:
        revisions = set()
        for path, mime in (("a.txt", None), ("a.md", None), ("a.md", "text/markdown")):
            self.store.put("s", "1", io.BytesIO(b"one"), path=path, mime=mime, acl=None)
            revisions.add(self.list_all().at(path).revision)
        assert len(revisions) == 3

    def test_damaged_upload_is_reported_and_no_document_is_taken_for_a_deleted_one(self) -> None:
        for path in ("a.txt", "b.txt"):
            self.put(path, b"one")
        before = self.list_all()
        for number, meta in enumerate(self.root.rglob("meta.json")):
            if number == 0:
                meta.write_bytes(b"")
        after = self.list_all()
        assert len(after.documents) == 1
        assert all(after.accounts_for(document) for document in before.documents.values())
        with self.connected() as connector:
            (lost,) = before.documents.keys() - after.documents.keys()
            with (
                pytest.raises(DocumentUnreadable, match="Push it again"),
                connector.fetch(before.documents[lost]),
            ):
                pass
        self.put(lost, b"two")
        assert self.list_all().paths == before.paths

    def test_folder_that_cannot_be_read_is_unavailable_and_not_empty(self) -> None:
        self.put("a.txt", b"one")
        reference = self.list_all().at("a.txt")
        (folder,) = self.root.glob("s/*")
        for path in folder.iterdir():
            path.unlink()
            path.mkdir()
        with self.connected() as connector:
            with pytest.raises(SourceUnavailable):
                list(connector.discover(None))
            with pytest.raises(SourceUnavailable), connector.fetch(reference):
                pass

    def test_error_of_whoever_reads_the_file_is_left_as_it_is(self) -> None:
        self.put("a.txt", b"one")
        reference = self.list_all().at("a.txt")
        with (
            self.connected() as connector,
            pytest.raises(FileNotFoundError, match="mine"),
            connector.fetch(reference),
        ):
            raise FileNotFoundError("mine")
