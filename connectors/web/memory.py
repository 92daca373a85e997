"""What the connector keeps in its cache folder: known pages, and how far each listing has come."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from connectors.contract import CheckpointExpired, SourceUnavailable
from connectors.web.records import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    url TEXT PRIMARY KEY, record BLOB NOT NULL, crawl TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crawls (
    id TEXT PRIMARY KEY, begun_at REAL NOT NULL, is_cut INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier (
    crawl TEXT NOT NULL, number INTEGER NOT NULL, url TEXT NOT NULL, depth INTEGER NOT NULL,
    lastmod TEXT NOT NULL, PRIMARY KEY (crawl, number), UNIQUE (crawl, url)
) WITHOUT ROWID;
"""
_KEPT_CRAWLS = 4


class Memory:
    """One SQLite file for each configuration; a damaged one is made anew. For one thread."""

    def __init__(self, folder: Path, *, scope: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"web-{scope}.sqlite"
        for other in folder.glob("web-*.sqlite*"):
            if not other.name.startswith(path.name):
                other.unlink(missing_ok=True)
        try:
            self._database = _opened(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            self._database = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def known(self, url: str) -> Record | None:
        row = self._database.execute("SELECT record FROM pages WHERE url = ?", (url,)).fetchone()
        return None if row is None else Record.unpack(row[0])

    def begin(self, *, max_pages: int) -> Crawl:
        """A new listing. The oldest of others may end."""
        crawl = secrets.token_hex(8)
        self._database.execute(
            "INSERT INTO crawls (id, begun_at) VALUES (?, ?)", (crawl, time.time())
        )
        old = self._database.execute(
            "SELECT id FROM crawls ORDER BY begun_at DESC LIMIT -1 OFFSET ?", (_KEPT_CRAWLS,)
        ).fetchall()
        for (name,) in old:
            self._database.execute("DELETE FROM frontier WHERE crawl = ?", (name,))
            self._database.execute("DELETE FROM crawls WHERE id = ?", (name,))
        self._database.commit()
        return Crawl(self._database, crawl, max_pages=max_pages)

    def resume(self, crawl: str, *, max_pages: int) -> Crawl:
        """Raises CheckpointExpired where nothing is known of it."""
        found = Crawl(self._database, crawl, max_pages=max_pages)
        if not found.is_known:
            raise CheckpointExpired("How far the listing had come is not known any more.")
        return found


class Crawl:
    """The addresses of one listing, numbered from 1 in the order in which they are asked for."""

    def __init__(self, database: sqlite3.Connection, name: str, *, max_pages: int) -> None:
        self._database = database
        self._max_pages = max_pages
        self.name = name

    @property
    def is_known(self) -> bool:
        return self._row() is not None

    @property
    def is_cut(self) -> bool:
        """Whether there are addresses that it may not ask for any more.

        Raises SourceUnavailable where others have pushed it out meanwhile: it would look as if it
        had come to its end.
        """
        row = self._row()
        if row is None:
            raise SourceUnavailable("Too many listings of this source at once. Begin again.")
        return bool(row[0])

    def add(self, url: str, *, depth: int, lastmod: str = "") -> None:
        """Unless it is there already, or there are too many."""
        (count,) = self._database.execute(
            "SELECT coalesce(max(number), 0) FROM frontier WHERE crawl = ?", (self.name,)
        ).fetchone()
        if count < self._max_pages:
            self._database.execute(
                "INSERT OR IGNORE INTO frontier (crawl, number, url, depth, lastmod) "
                "VALUES (?, ?, ?, ?, ?)",
                (self.name, count + 1, url, depth, lastmod),
            )
        elif not self._has(url):
            self._database.execute("UPDATE crawls SET is_cut = 1 WHERE id = ?", (self.name,))

    def at(self, number: int) -> tuple[str, int, str] | None:
        """URL, depth and lastmod; None behind the last."""
        row: tuple[str, int, str] | None = self._database.execute(
            "SELECT url, depth, lastmod FROM frontier WHERE crawl = ? AND number = ?",
            (self.name, number),
        ).fetchone()
        return row

    def remember(self, url: str, record: Record) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO pages (url, record, crawl) VALUES (?, ?, ?)",
            (url, record.packed(), self.name),
        )

    def forget(self, url: str) -> None:
        self._database.execute("DELETE FROM pages WHERE url = ?", (url,))

    def commit(self) -> None:
        self._database.commit()

    def _has(self, url: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM frontier WHERE crawl = ? AND url = ?", (self.name, url)
        ).fetchone()
        return found is not None

    def _row(self) -> tuple[int] | None:
        row: tuple[int] | None = self._database.execute(
            "SELECT is_cut FROM crawls WHERE id = ?", (self.name,)
        ).fetchone()
        return row


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    try:
        # What is lost with the machine can be made again.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA journal_mode = MEMORY")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        with suppress(sqlite3.Error):
            database.close()
        raise
    return database
