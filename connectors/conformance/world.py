"""What a test holds in its hands: a world of documents, and connectors that read it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.conformance.faults import Fault
from connectors.conformance.listed import Listed
from connectors.contract import Checkpoint, Connector, DocumentRef


class World:
    """What a subclass provides. The world is empty when a test begins.

    A path uses "/" between folders and is what the connector must report as `DocumentRef.path`.
    Where a system has no such thing as a renaming, `rename` calls `pytest.skip` and says why.
    """

    faults: ClassVar[frozenset[Fault]] = frozenset()
    """What `inject` can do."""
    fault_positions: ClassVar[tuple[int, ...]] = (0, 1, 3)
    """Which of a listing's requests meet a fault, each in a test of its own."""
    access_tokens: ClassVar[tuple[str, str]] = ("user:ana@acme.test", "group:hr")
    """Two tokens that `grant` can give: somebody's own, and one of many."""
    many: ClassVar[int] = 2_000
    """How many documents a big listing has."""
    max_bytes_per_listed_document: ClassVar[int] = 400
    """How much memory a listing may hold for each of its documents at once: a name, for sorting."""

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        """A new connector over the test's world, with the context's usual limit for None."""
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

    def grant(self, path: str, token: str) -> None:
        """Let the bearers of the token read the document."""
        pytest.skip("this world cannot grant access")

    def revoke(self, path: str, token: str) -> None:
        """Take back what `grant` gave."""
        pytest.skip("this world cannot revoke access")

    def put_child(self, parent: str, path: str, content: bytes) -> None:
        """Add a document that is attached to another."""
        pytest.skip("documents of this world have no children")

    def put_many(self, count: int) -> None:
        """Add this many small documents at once."""
        pytest.skip("this world cannot make many documents quickly")

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        """Let the request number `after` from now on meet the fault, once."""
        raise NotImplementedError

    @contextmanager
    def connected(self, *, max_file_bytes: int | None = None) -> Iterator[Connector]:
        """A new connector, closed at the end."""
        connector = self.make_connector(max_file_bytes=max_file_bytes)
        try:
            yield connector
        finally:
            connector.close()

    def list_all(self, since: Checkpoint | None = None) -> Listed:
        """What a new connector lists."""
        with self.connected() as connector:
            return Listed.of(connector.discover(since))

    def read(self, path: str) -> bytes:
        """What a new connector fetches."""
        with self.connected() as connector:
            return read(connector, Listed.of(connector.discover(None)).at(path))


def read(connector: Connector, reference: DocumentRef) -> bytes:
    """The document's bytes."""
    with connector.fetch(reference) as file:
        return file.read_bytes()


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """Where temporary files land inside the block, so that a test sees which are left behind."""
    previous = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = previous
