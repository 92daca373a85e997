"""What is known of the mailbox's messages, in a file in the cache: headers are read once.

A message never changes where it is, so what is known of it holds until it is gone. Threads are made
here, by who refers to whom and not by subject, in a database and so in bounded memory.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from connectors.imap.client import Folder, FolderState, ListedMessage

_VERSION = 1
_SCHEMA = """
    CREATE TABLE folder (
        name TEXT PRIMARY KEY, path TEXT NOT NULL, uid_validity INTEGER NOT NULL,
        state TEXT
    );
    CREATE TABLE message (
        folder TEXT NOT NULL, uid INTEGER NOT NULL, message_id TEXT NOT NULL, key TEXT NOT NULL,
        links TEXT NOT NULL, subject TEXT NOT NULL, date TEXT NOT NULL, files TEXT NOT NULL,
        thread TEXT, PRIMARY KEY (folder, uid)
    ) WITHOUT ROWID;
    CREATE INDEX message_by_thread ON message (thread, date, message_id, folder, uid);
    CREATE TABLE flag (name TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """`section` is the number by which its message hands it out."""

    section: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """A message, in one of the folders that it is in."""

    folder: str
    path: str
    """The folder's."""
    uid: int
    uid_validity: int
    message_id: str
    key: str
    subject: str
    date: datetime
    files: tuple[AttachedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """`messages` are in the order of their dates, each once, and at least one."""

    name: str
    messages: tuple[ThreadMessage, ...]


class Mirror:
    """Safe to use from several threads and processes: each call has its own connection."""

    def __init__(self, folder: Path, *, min_image_bytes: int, scope: str) -> None:
        self._folder = folder
        # Another scope knows other messages, and other files of them.
        self._path = folder / f"mailbox-{_VERSION}-{scope}.sqlite3"
        self._min_image_bytes = min_image_bytes

    def folder_state(self, name: str) -> tuple[int, FolderState | None] | None:
        """The folder's UIDVALIDITY, and its state if all was read then. None: not known."""
        with self._database() as database:
            row = database.execute(
                "SELECT uid_validity, state FROM folder WHERE name = ?", (name,)
            ).fetchone()
        if row is None:
            return None
        return row[0], None if row[1] is None else FolderState(**json.loads(row[1]))

    def begin_folder(self, folder: Folder, uid_validity: int) -> None:
        """Forget what was known under another UIDVALIDITY: the same numbers are other messages."""
        with self._database() as database, database:
            row = database.execute(
                "SELECT uid_validity FROM folder WHERE name = ?", (folder.name,)
            ).fetchone()
            if row is not None and row[0] != uid_validity:
                _forget(database, folder.name)
            database.execute(
                "INSERT OR REPLACE INTO folder VALUES (?, ?, ?, NULL)",
                (folder.name, folder.path, uid_validity),
            )

    def end_folder(self, name: str, state: FolderState) -> None:
        """All is known that there was when the server was in this state."""
        with self._database() as database, database:
            database.execute(
                "UPDATE folder SET state = ? WHERE name = ?", (json.dumps(asdict(state)), name)
            )

    def uids(self, folder: str) -> Sequence[int]:
        """Of the messages known in the folder, in order."""
        with self._database() as database:
            rows = database.execute(
                "SELECT uid FROM message WHERE folder = ? ORDER BY uid", (folder,)
            )
            return [uid for (uid,) in rows]

    def add(self, folder: str, messages: Iterable[ListedMessage]) -> None:
        """Know these messages too."""
        rows = [
            (
                *(folder, message.uid, message.head.message_id, message.head.key),
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
                "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", rows
            )

    def remove(self, folder: str, uids: Iterable[int]) -> None:
        """Know these messages no more."""
        with self._database() as database, database:
            _mark_unthreaded(database)
            database.executemany(
                "DELETE FROM message WHERE folder = ? AND uid = ?",
                ((folder, uid) for uid in uids),
            )

    def keep_folders(self, names: Iterable[str]) -> None:
        """Forget every other folder."""
        kept = set(names)
        with self._database() as database, database:
            known = [name for (name,) in database.execute("SELECT name FROM folder").fetchall()]
            for name in known:
                if name not in kept:
                    _forget(database, name)
                    database.execute("DELETE FROM folder WHERE name = ?", (name,))

    def make_threads(self) -> None:
        """Once all changes are known. Does nothing if there were none."""
        with self._database() as database, database:
            if database.execute("SELECT 1 FROM flag").fetchone() is not None:
                _connect(database)
                _name_threads(database)
                database.execute("DELETE FROM flag")

    def threads(self, *, after: str | None) -> Iterator[Thread]:
        """All by name, or those behind this one."""
        with self._database() as database:
            rows = database.execute(
                f"{_THREAD_MESSAGES} WHERE thread > ? {_THREAD_ORDER}", (after or "",)
            )
            for name, members in groupby(rows, key=lambda row: row[0]):
                yield _thread(name, members)

    def find_thread(self, name: str) -> Thread | None:
        """The thread of this name."""
        with self._database() as database:
            rows = database.execute(
                f"{_THREAD_MESSAGES} WHERE thread = ? {_THREAD_ORDER}", (name,)
            ).fetchall()
        return _thread(name, rows) if rows else None

    def _files(self, message: ListedMessage) -> list[tuple[str, str, str]]:
        if message.structure is None:
            return []
        found = message.structure.attachments(min_image_bytes=self._min_image_bytes)
        return [(part.section, part.name or "", part.mime) for part in found]

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=60, check_same_thread=False)) as database:
            # Readers of a listing go on while another thread adds what it has found.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = OFF")
            if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                _make_schema(database)
            yield database


_THREAD_MESSAGES = """
    SELECT thread, folder, path, uid, uid_validity, message_id, key, subject, date, files
    FROM message JOIN folder ON folder.name = message.folder
"""  # `thread` leads the index, so a listing reads as it goes.
_THREAD_ORDER = "ORDER BY thread, date, message_id, folder, uid"


def _make_schema(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for statement in _SCHEMA.split(";")[:-1]:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_VERSION}")


def _mark_unthreaded(database: sqlite3.Connection) -> None:
    database.execute("INSERT OR IGNORE INTO flag VALUES ('unthreaded')")


def _forget(database: sqlite3.Connection, folder: str) -> None:
    _mark_unthreaded(database)
    database.execute("DELETE FROM message WHERE folder = ?", (folder,))


def _connect(database: sqlite3.Connection) -> None:
    """Give every message id a component: two that a message names together share one."""
    database.execute("DROP TABLE IF EXISTS temp.node")
    database.execute("CREATE TEMP TABLE node (id TEXT PRIMARY KEY, component INTEGER NOT NULL)")
    database.execute("CREATE INDEX temp.node_by_component ON node (component)")
    messages = database.execute("SELECT message_id, links FROM message")
    for number, (message_id, links) in enumerate(messages):
        ids = [message_id, *json.loads(links)]
        marks = ", ".join("?" * len(ids))
        query = f"SELECT DISTINCT component FROM temp.node WHERE id IN ({marks})"  # noqa: S608
        found = sorted(component for (component,) in database.execute(query, ids).fetchall())
        component = found[0] if found else number
        for other in found[1:]:
            database.execute(
                "UPDATE temp.node SET component = ? WHERE component = ?", (component, other)
            )
        database.executemany(
            "INSERT OR IGNORE INTO temp.node VALUES (?, ?)", ((each, component) for each in ids)
        )


def _name_threads(database: sqlite3.Connection) -> None:
    """After the message that began the thread, as its oldest message here knows it: the name stays
    when messages come, and when the first are deleted.
    """
    rows = database.execute(
        """
        SELECT component, message_id, links FROM message JOIN temp.node ON id = message_id
        ORDER BY component, date, message_id, folder, uid
        """
    )
    database.execute("DROP TABLE IF EXISTS temp.named")
    database.execute("CREATE TEMP TABLE named (component INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    for component, members in groupby(rows, key=lambda row: row[0]):
        _, message_id, links = next(members)
        root = next(iter(json.loads(links)), message_id)
        name = hashlib.sha256(root.encode()).hexdigest()[:32]
        database.execute("INSERT INTO temp.named VALUES (?, ?)", (component, name))
    database.execute(
        """
        UPDATE message SET thread = (
            SELECT name FROM temp.node JOIN temp.named USING (component) WHERE id = message_id
        )
        """
    )


def _thread(name: str, rows: Iterable[Sequence[object]]) -> Thread:
    # A message may be in several folders; the first by name stands for all.
    messages: dict[str, ThreadMessage] = {}
    for row in rows:
        message = _message(row)
        messages.setdefault(message.message_id, message)
    return Thread(name=name, messages=tuple(messages.values()))


def _message(row: Sequence[object]) -> ThreadMessage:
    _, folder, path, uid, uid_validity, message_id, key, subject, date, files = row
    return ThreadMessage(
        folder=str(folder),
        path=str(path),
        uid=int(str(uid)),
        uid_validity=int(str(uid_validity)),
        message_id=str(message_id),
        key=str(key),
        subject=str(subject),
        date=datetime.fromisoformat(str(date)),
        files=tuple(
            AttachedFile(section=section, name=file, mime=mime)
            for section, file, mime in json.loads(str(files))
        ),
    )
