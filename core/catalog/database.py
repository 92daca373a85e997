"""The connection to the catalog: short sessions, one transaction each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS = 30_000


class Database:
    """Opens sessions on one catalog. Thread-safe; a session is not."""

    def __init__(self, url: str) -> None:
        # An error must not carry a key's hash or a user's name into the log.
        self._engine = create_engine(url, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _configure_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        self._writing_engine = self._engine.execution_options(vouch_writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; what it changed is rolled back."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on an exception."""
        with Session(self._writing_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Bring the schema up to this release."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self._engine.dispose()


def _configure_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, always deferred; `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once, whatever the
    # busy timeout, when another has written in between: writers take the lock at the start.
    writes = connection.get_execution_options().get("vouch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
