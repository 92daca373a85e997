"""A SQLite file on the machine that runs the workers."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from connectors.contract import SourceMisconfigured, SourceUnavailable
from connectors.sql.dialect import Column
from core.errors import VouchError

# How many of SQLite's own instructions pass between two looks at the clock: well under 1 ms.
_INSTRUCTIONS = 10_000
_COPY = "vouch_listing"
_TRANSIENT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_FULL,
}


class SqliteDialect:
    """Opens the file read-only. A value has its own type here, and a column has none."""

    driver = "sqlite"

    def __init__(self, url: URL, *, statement_s: float) -> None:
        self._path = Path(str(url.database))
        self._statement_s = statement_s

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=ro",
            uri=True,
            timeout=self._statement_s,
            check_same_thread=False,
        )
        connection.text_factory = _text
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        return connection

    def begin(self, connection: Connection) -> None:
        """The file is open for reading alone."""

    def start_clock(self, connection: Connection) -> None:
        deadline = time.monotonic() + self._statement_s
        driver_connection = connection.connection.driver_connection
        if driver_connection is None:
            raise SourceUnavailable("The connection to the database is closed.")
        driver_connection.set_progress_handler(
            lambda: int(time.monotonic() > deadline), _INSTRUCTIONS
        )

    def settled(self, connection: Connection, sql: str, parameters: dict[str, str]) -> str:
        """A copy in a temporary file: whoever reads the file itself lets nobody write to it."""
        connection.execute(text(f"DROP TABLE IF EXISTS {_COPY}"))
        connection.execute(text(f"CREATE TEMPORARY TABLE {_COPY} AS {sql}"), parameters)
        return f"SELECT * FROM temp.{_COPY} ORDER BY rowid"  # noqa: S608  (a constant)

    def columns(self, connection: Connection, description: Any) -> list[Column]:
        return [Column(name=item[0]) for item in description]

    def id_of(self, column: Column) -> str:
        return self.text_of(column)

    def text_of(self, column: Column, *, max_chars: int | None = None) -> str:
        value = f"CAST({column.sql} AS TEXT)"
        if max_chars is not None:
            value = f"substr({value}, 1, {max_chars})"
        note = f"'(' || length({column.sql}) || ' bytes, not shown)'"
        return f"CASE typeof({column.sql}) WHEN 'blob' THEN {note} ELSE {value} END"

    def digest_of(self, column: Column) -> str:
        # `quote` tells the types apart, and bytes from each other.
        return f"quote({column.sql})"

    def tokens_of(self, column: Column) -> str:
        return f"CAST({column.sql} AS TEXT)"

    def equals(self, column: Column, parameter: str) -> str:
        # An index knows the value with its own type; the text then decides.
        return (
            f"({column.sql} = {parameter} OR {column.sql} = CAST({parameter} AS NUMERIC)) "
            f"AND {self.text_of(column)} = {parameter}"
        )

    def sort_key(self, column: Column) -> str:
        return self.text_of(column)

    def sort_value(self, column: Column, parameter: str) -> str:
        return parameter

    def translated(self, error: BaseException) -> VouchError:
        if not isinstance(error, sqlite3.Error | sqlite3.Warning):
            return SourceUnavailable("The connection to the database broke.")
        # The lowest byte is the kind, the others say more.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _TRANSIENT:
            return SourceUnavailable("The database is busy, or the query takes too long.")
        if code == sqlite3.SQLITE_CANTOPEN:
            return SourceMisconfigured(f"The database file {self._path} cannot be opened.")
        return SourceMisconfigured(f"The database rejects the query. It says: {error}.")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
