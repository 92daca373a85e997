"""What a listing named, kept so that the next one can tell what has changed since.

A file of a few dozen bytes a document in the source's cache folder, which may be emptied: the
next listing then names everything.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_KEPT = 4
_SCHEMA = "CREATE TABLE entry (id TEXT PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID"


class SnapshotMissing(Exception):
    """The file is gone, or damaged."""


class Snapshot:
    """One listing's documents, by id, with a digest of what was said of each."""

    def __init__(self, name: str, database: sqlite3.Connection) -> None:
        self.name = name
        self._database = database

    def add(self, external_id: str, digest: bytes) -> None:
        """Name a document, in the next commit."""
        self._database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?)", (external_id, digest))

    def commit(self) -> None:
        """Make what was added last."""
        self._database.commit()

    def find_in_base(self, external_id: str) -> bytes | None:
        """What the listing before said of the document."""
        query = "SELECT digest FROM base.entry WHERE id = ?"
        row = self._database.execute(query, (external_id,)).fetchone()
        return None if row is None else bytes(row[0])

    def iter_removed(self) -> Iterator[str]:
        """What the listing before named, and this one did not."""
        query = """
            SELECT id FROM base.entry AS old
            WHERE NOT EXISTS (SELECT 1 FROM main.entry AS new WHERE new.id = old.id)
        """
        for (external_id,) in self._database.execute(query):
            yield external_id


class SnapshotFolder:
    """The newest few snapshots of one source."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def begin(self, *, base: str | None) -> Iterator[Snapshot]:
        """A new snapshot, to be compared with `base`. Raises SnapshotMissing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._forget_old(keep=base)
        name = uuid.uuid4().hex
        with closing(sqlite3.connect(self._path(name))) as database:
            database.execute(_SCHEMA)
        with self.resume(name, base=base) as snapshot:
            yield snapshot

    @contextmanager
    def resume(self, name: str, *, base: str | None) -> Iterator[Snapshot]:
        """A snapshot that was begun before. Raises SnapshotMissing."""
        with closing(self._open(name)) as database:
            if base is not None:
                self._attach(database, base)
            yield Snapshot(name, database)

    def _open(self, name: str) -> sqlite3.Connection:
        self._require(name)
        database = sqlite3.connect(self._path(name))
        # It is worth no more than the time to make it again.
        database.execute("PRAGMA synchronous = OFF")
        return database

    def _attach(self, database: sqlite3.Connection, base: str) -> None:
        self._require(base)
        database.execute("ATTACH DATABASE ? AS base", (str(self._path(base)),))

    def _require(self, name: str) -> None:
        try:
            with closing(sqlite3.connect(f"{self._path(name).as_uri()}?mode=ro", uri=True)) as file:
                file.execute("SELECT id, digest FROM entry LIMIT 1").fetchall()
        except (sqlite3.Error, ValueError) as error:
            raise SnapshotMissing(name) from error

    def _path(self, name: str) -> Path:
        # A checkpoint may be anything, a path elsewhere too.
        return self._folder.absolute() / f"{uuid.UUID(name).hex}.sqlite3"

    def _forget_old(self, *, keep: str | None) -> None:
        files = sorted(self._folder.glob("*.sqlite3"), key=lambda file: file.stat().st_mtime)
        for file in files[:-_KEPT]:
            if file.stem != keep:
                file.unlink(missing_ok=True)
