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
    url TEXT PRIMARY KEY, record BLOB NOT NULL, seen_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (
    url TEXT PRIMARY KEY, crawl TEXT, seen_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crawls (
    id TEXT PRIMARY KEY, begun_at REAL NOT NULL, is_cut INTEGER NOT NULL DEFAULT 0,
    gap TEXT NOT NULL DEFAULT '', has_ended INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier (
    crawl TEXT NOT NULL, number INTEGER NOT NULL, url TEXT NOT NULL, depth INTEGER NOT NULL,
    lastmod TEXT NOT NULL, PRIMARY KEY (crawl, number), UNIQUE (crawl, url)
) WITHOUT ROWID;
"""
_KEPT_CRAWLS = 4
# A page that nothing has led to for so long. Others make a cache grow without an end.
_KEPT_S = 90 * 24 * 3600


class Memory:
    """One SQLite file for each configuration; a damaged one is made anew. For one thread."""

    def __init__(self, folder: Path, *, scope: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"web-{scope}.sqlite"
        for other in folder.glob("web-*.sqlite*"):
            if not other.name.startswith(self._path.name):
                other.unlink(missing_ok=True)
        try:
            self._database = _opened(self._path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self.discard()
            self._database = _opened(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def discard(self) -> None:
        """Let the next one begin with nothing: this one is damaged."""
        self._path.unlink(missing_ok=True)
        # It would be taken for the next one's.
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)

    def known(self, url: str) -> Record | None:
        row = self._database.execute("SELECT record FROM pages WHERE url = ?", (url,)).fetchone()
        return None if row is None else Record.unpack(row[0])

    def remember(self, url: str, record: Record) -> None:
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO pages (url, record, seen_at) VALUES (?, ?, ?)",
                (url, record.packed(), time.time()),
            )
            self._database.execute("DELETE FROM refused WHERE url = ?", (url,))

    def forget(self, url: str) -> None:
        with self._database:
            self._database.execute("DELETE FROM pages WHERE url = ?", (url,))
            self._database.execute("DELETE FROM refused WHERE url = ?", (url,))

    def remember_refusal(self, url: str, crawl: Crawl) -> bool:
        """Whether an earlier listing, which came to its end, was refused this page too."""
        row = self._database.execute("SELECT crawl FROM refused WHERE url = ?", (url,)).fetchone()
        is_settled = row is not None and row[0] is None
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO refused (url, crawl, seen_at) VALUES (?, ?, ?)",
                (url, None if is_settled else crawl.name, time.time()),
            )
        return is_settled

    def begin(self, *, max_pages: int) -> Crawl:
        """A new listing. The oldest of others may end."""
        crawl, now = secrets.token_hex(8), time.time()
        with self._database:
            self._settle(now)
            self._database.execute("INSERT INTO crawls (id, begun_at) VALUES (?, ?)", (crawl, now))
            old = self._database.execute(
                "SELECT id FROM crawls ORDER BY begun_at DESC LIMIT -1 OFFSET ?", (_KEPT_CRAWLS,)
            ).fetchall()
            for row in old:
                self._database.execute("DELETE FROM frontier WHERE crawl = ?", row)
                self._database.execute("DELETE FROM crawls WHERE id = ?", row)
        return Crawl(self._database, crawl, max_pages=max_pages)

    def resume(self, crawl: str, *, max_pages: int) -> Crawl:
        """Raises CheckpointExpired where nothing is known of it."""
        found = Crawl(self._database, crawl, max_pages=max_pages)
        if not found.is_known:
            raise CheckpointExpired("How far the listing had come is not known any more.")
        return found

    def _settle(self, now: float) -> None:
        # Not when a listing ends: one that is resumed from its last milestone must say the same.
        self._database.execute(
            "UPDATE refused SET crawl = NULL "
            "WHERE crawl IN (SELECT id FROM crawls WHERE has_ended = 1)"
        )
        for table in ("pages", "refused"):
            self._database.execute(f"DELETE FROM {table} WHERE seen_at < ?", (now - _KEPT_S,))  # noqa: S608  (our own names)


class Crawl:
    """The addresses of one listing, numbered from 1 in the order in which they are asked for.

    What is added or noted stands after `commit`.
    """

    def __init__(self, database: sqlite3.Connection, name: str, *, max_pages: int) -> None:
        self._database = database
        self._max_pages = max_pages
        self.name = name

    @property
    def is_known(self) -> bool:
        return self._row() is not None

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

    def note_gap(self, why: str) -> None:
        """There may be pages that nobody knows of. The first reason is the one that is told."""
        self._database.execute(
            "UPDATE crawls SET gap = ? WHERE id = ? AND gap = ''", (why, self.name)
        )

    def end(self) -> tuple[bool, str]:
        """Whether there are addresses that it may not ask for any more; why others are unknown.

        Raises SourceUnavailable where others have pushed it out meanwhile: it would look as if it
        had come to its end.
        """
        row = self._row()
        if row is None:
            raise SourceUnavailable("Too many listings of this source at once. Begin again.")
        self._database.execute("UPDATE crawls SET has_ended = 1 WHERE id = ?", (self.name,))
        self.commit()
        return bool(row[0]), row[1]

    def commit(self) -> None:
        self._database.commit()

    def _has(self, url: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM frontier WHERE crawl = ? AND url = ?", (self.name, url)
        ).fetchone()
        return found is not None

    def _row(self) -> tuple[int, str] | None:
        row: tuple[int, str] | None = self._database.execute(
            "SELECT is_cut, gap FROM crawls WHERE id = ?", (self.name,)
        ).fetchone()
        return row


def _opened(path: Path) -> sqlite3.Connection:
    # A listing that was dropped may be closed by another thread.
    database = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        # A killed process leaves what it committed; what is lost with the machine is made again.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA journal_mode = TRUNCATE")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        with suppress(sqlite3.Error):
            database.close()
        raise
    return database
