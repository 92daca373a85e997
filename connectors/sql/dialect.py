"""What differs from database to database: how to connect, and how to write some expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from core.errors import VouchError

ROWS = "vouch_rows"
"""What the owner's table or query is called in every statement."""


def literal(sql: str) -> str:
    """SQL of the owner's as a part of a statement: its colons begin no parameter of ours."""
    return sql.replace(":", "\\:")


def quoted(name: str) -> str:
    """A name as an identifier. Standard SQL, and the same for every database here."""
    return literal('"' + name.replace('"', '""') + '"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the owner's table or query. `type` is the database's name for it."""

    name: str
    type: str = ""

    @property
    def sql(self) -> str:
        """With the rows' name, for ORDER BY would otherwise find a label of that name first."""
        return f"{ROWS}.{quoted(self.name)}"


class Dialect(Protocol):
    """One kind of database. Expressions are SQL; `parameter` is one with its colon."""

    driver: str
    """SQLAlchemy's name for it."""

    def connect(self) -> Any:
        """A new DB-API connection that can only read. Raises VouchError and the driver's errors."""
        ...

    def begin(self, connection: Connection) -> None:
        """Set up the transaction that the connection's next statement is in."""
        ...

    def start_clock(self, connection: Connection) -> None:
        """To be called before each answer that is waited for, where the server keeps no time."""
        ...

    def settled(self, connection: Connection, sql: str, parameters: dict[str, str]) -> str:
        """A query with the same rows that can be read at leisure, without holding others up."""
        ...

    def columns(self, connection: Connection, description: Any) -> list[Column]:
        """The columns that a DB-API cursor describes."""
        ...

    def id_of(self, column: Column) -> str:
        """The value as a text from which the database can make the value again."""
        ...

    def text_of(self, column: Column, *, max_chars: int | None = None) -> str:
        """The value as a text to read, the same wherever and whenever it is asked for."""
        ...

    def digest_of(self, column: Column) -> str:
        """A text that differs where `text_of` does, and is short if the database can make it so."""
        ...

    def tokens_of(self, column: Column) -> str:
        """The value as a JSON list, or separated by commas."""
        ...

    def equals(self, column: Column, parameter: str) -> str:
        """Whether the value's `id_of` is the parameter, in a way that an index can serve."""
        ...

    def sort_key(self, column: Column) -> str:
        """What rows are ordered by, and compared with `sort_value`."""
        ...

    def sort_value(self, column: Column, parameter: str) -> str:
        """The sort key of the value whose `id_of` is the parameter."""
        ...

    def translated(self, error: BaseException) -> VouchError:
        """The driver's error as one of the contract's."""
        ...
