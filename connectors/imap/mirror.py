"""What is known of the mailbox's messages, in a file in the cache: headers are read once.

A message never changes where it is, so what is known of it holds until it is gone.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from connectors.contract import SourceUnavailable
from connectors.imap.joining import join_threads
from connectors.imap.session import Folder, FolderState, ListedMessage
from connectors.imap.threads import QUERY, Thread, thread_of

_VERSION = 2
_SCHEMA = """
    CREATE TABLE folder (
        name TEXT PRIMARY KEY, path TEXT NOT NULL, uid_validity INTEGER NOT NULL,
        state TEXT
    );
    CREATE TABLE message (
        folder TEXT NOT NULL, uid_validity INTEGER NOT NULL, uid INTEGER NOT NULL,
        message_id TEXT NOT NULL, key TEXT NOT NULL, links TEXT NOT NULL, subject TEXT NOT NULL,
        date TEXT NOT NULL, files TEXT NOT NULL, thread TEXT,
        PRIMARY KEY (folder, uid_validity, uid)
    ) WITHOUT ROWID;
    CREATE INDEX message_by_thread
        ON message (thread, date, message_id, folder, uid_validity DESC, uid);
    CREATE TABLE flag (name TEXT PRIMARY KEY);
"""
# The order of the index, so that a listing reads as it goes.
_ORDER = "ORDER BY thread, date, message_id, folder, message.uid_validity DESC, uid"


class Mirror:
    """Safe to use from several threads and processes: each call has its own connection."""

    def __init__(self, folder: Path, *, min_image_bytes: int, scope: str) -> None:
        self._folder = folder
        # Another scope knows other messages, and other files of them.
        self._path = folder / f"mailbox-{_VERSION}-{scope}.sqlite3"
        self._min_image_bytes = min_image_bytes

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For bringing it up to date: alone among all threads and processes of this machine."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def folder_state(self, name: str) -> FolderState | None:
        """The folder's state when all of it was read. None: that was never."""
        with self._database() as database:
            row = database.execute("SELECT state FROM folder WHERE name = ?", (name,)).fetchone()
        return None if row is None or row[0] is None else FolderState(**json.loads(row[0]))

    def begin_folder(self, folder: Folder, uid_validity: int) -> None:
        """The folder is about to be read. What was known stays known until it was."""
        with self._database() as database, database:
            database.execute(
                "INSERT OR REPLACE INTO folder VALUES (?, ?, ?, NULL)",
                (folder.name, folder.path, uid_validity),
            )

    def end_folder(self, name: str, state: FolderState) -> None:
        """All is known that there was when the server was in this state. Forget what was known
        under another UIDVALIDITY: there, the same numbers were other messages.
        """
        with self._database() as database, database:
            forgotten = database.execute(
                "DELETE FROM message WHERE folder = ? AND uid_validity <> ?",
                (name, state.uid_validity),
            )
            if forgotten.rowcount:
                _mark_unthreaded(database)
            database.execute(
                "UPDATE folder SET state = ? WHERE name = ?", (json.dumps(asdict(state)), name)
            )

    def uids(self, folder: str, uid_validity: int) -> Sequence[int]:
        """Of the messages known in the folder, in order."""
        with self._database() as database:
            rows = database.execute(
                "SELECT uid FROM message WHERE folder = ? AND uid_validity = ? ORDER BY uid",
                (folder, uid_validity),
            )
            return [uid for (uid,) in rows]

    def add(self, folder: str, uid_validity: int, messages: Iterable[ListedMessage]) -> None:
        """Know these messages too."""
        rows = [
            (
                *(folder, uid_validity, message.uid, message.head.message_id, message.head.key),
                json.dumps(message.head.references),
                message.head.subject,
                message.head.date.isoformat(),
                json.dumps(self._files(message)),
            )
            for message in messages
        ]
        with self._database() as database, database:
            _mark_unthreaded(database)
            database.executemany(
                "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", rows
            )

    def remove(self, folder: str, uid_validity: int, uids: Iterable[int]) -> None:
        """Know these messages no more."""
        with self._database() as database, database:
            _mark_unthreaded(database)
            database.executemany(
                "DELETE FROM message WHERE folder = ? AND uid_validity = ? AND uid = ?",
                ((folder, uid_validity, uid) for uid in uids),
            )

    def keep_folders(self, names: Iterable[str]) -> None:
        """Forget every other folder."""
        kept = set(names)
        with self._database() as database, database:
            known = [name for (name,) in database.execute("SELECT name FROM folder").fetchall()]
            for name in known:
                if name not in kept:
                    _mark_unthreaded(database)
                    database.execute("DELETE FROM message WHERE folder = ?", (name,))
                    database.execute("DELETE FROM folder WHERE name = ?", (name,))

    def make_threads(self) -> None:
        """Once all changes are known. Does nothing if there were none."""
        with self._database() as database, database:
            if database.execute("SELECT 1 FROM flag").fetchone() is not None:
                join_threads(database)
                database.execute("DELETE FROM flag")

    @contextmanager
    def threads(self, *, after: str | None) -> Iterator[Iterator[Thread]]:
        """All by name, or those behind this one, as they are now, whatever becomes known later."""
        with self._database() as database:
            rows = database.execute(f"{QUERY} WHERE thread > ? {_ORDER}", (after or "",))
            yield (thread_of(name, members) for name, members in groupby(rows, lambda row: row[0]))

    def find_thread(self, name: str) -> Thread | None:
        """The thread of this name."""
        with self._database() as database:
            rows = database.execute(f"{QUERY} WHERE thread = ? {_ORDER}", (name,)).fetchall()
        return thread_of(name, rows) if rows else None

    def _files(self, message: ListedMessage) -> list[tuple[str, str, str]]:
        if message.structure is None:
            return []
        found = message.structure.attachments(min_image_bytes=self._min_image_bytes)
        return [(part.section, part.file_name or "", part.mime) for part in found]

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self._path, timeout=60, check_same_thread=False)) as found:
                # Readers of a listing go on while another thread adds what it has found.
                found.execute("PRAGMA journal_mode = WAL")
                found.execute("PRAGMA synchronous = OFF")
                if found.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                    _make_schema(found)
                yield found
        except sqlite3.DatabaseError as error:
            # Its subclasses speak of other things, such as a disk that is full.
            if type(error) is sqlite3.DatabaseError:
                self._forget_all()
                raise SourceUnavailable(
                    "What was known of the mailbox was damaged, and will be read again."
                ) from error
            raise

    def _forget_all(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).unlink()


def _make_schema(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for statement in _SCHEMA.split(";")[:-1]:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_VERSION}")


def _mark_unthreaded(database: sqlite3.Connection) -> None:
    database.execute("INSERT OR IGNORE INTO flag VALUES ('unthreaded')")
