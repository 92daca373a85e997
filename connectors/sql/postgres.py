"""PostgreSQL through psycopg."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from connectors.context import ConnectorContext
from connectors.contract import CredentialsRefused, SourceMisconfigured, SourceUnavailable
from connectors.sql.dialect import Column, literal
from core.errors import VouchError

_DEFAULT_PORT = 5432
_GRACE_S = 0.5
_LONGEST_WAIT_S = 0.1

# libpq does not hand out the SQLSTATE with which a server refuses a connection, only its sentence.
_REFUSES_THE_USER = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist"
    r"|not permitted to log in|permission denied for database"
)
_MISCONFIGURED = re.compile(r"database .* does not exist|server does not support SSL|certificate")

# So that a value has one text, whatever the server's, the database's or the user's settings.
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "xmloption": "content",
}


class PostgresDialect:
    """Connects to addresses that the egress policy has checked, and to no others."""

    driver = "postgresql+psycopg"

    def __init__(
        self, url: URL, password: str | None, context: ConnectorContext, *, statement_s: float
    ) -> None:
        self._url = url
        self._password = password
        self._context = context
        self._statement_s = statement_s

    def connect(self) -> psycopg.Connection[Any]:
        host, port = str(self._url.host), self._url.port or _DEFAULT_PORT
        addresses = self._context.egress.resolve(host, port)
        address = make_conninfo(
            # The name is what a certificate is checked against; the address is where it connects.
            host=",".join([host] * len(addresses)),
            hostaddr=",".join(addresses),
            port=",".join([str(port)] * len(addresses)),
            user=self._url.username,
            dbname=self._url.database,
            # Empty where there is none: libpq would look for one itself.
            password=self._password or "",
            sslmode=str(self._url.query.get("sslmode", "prefer")),
            connect_timeout=max(2, round(self._context.timeout_s)),
            application_name="vouch",
            client_encoding="utf8",
            **_NOTHING_OF_THIS_MACHINE,
        )
        connection = _Connection.connect(address)
        connection.answer_timeout_s = self._statement_s + _GRACE_S
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        # Poolers that stand before a server lose prepared statements.
        connection.prepare_threshold = None
        return connection

    def begin(self, connection: Connection) -> None:
        settings = {**_SESSION, "statement_timeout": f"{round(self._statement_s * 1_000)}ms"}
        calls = ", ".join(f"set_config('{name}', :{name}, true)" for name in settings)
        connection.execute(text(f"SELECT {calls}"), settings)

    def start_clock(self, connection: Connection) -> None:
        """The server's statement_timeout does it."""

    def settled(self, connection: Connection, sql: str, parameters: dict[str, str]) -> str:
        """Its readers hold up no writer."""
        return sql

    def columns(self, connection: Connection, description: Any) -> list[Column]:
        return [
            Column(
                name=item.name,
                # -1, because without a modifier `character` is one character long.
                type=connection.execute(
                    text("SELECT format_type(CAST(:oid AS oid), -1)"), {"oid": item.type_code}
                ).scalar_one(),
            )
            for item in description
        ]

    def id_of(self, column: Column) -> str:
        return f"CAST({column.sql} AS text)"

    def text_of(self, column: Column, *, max_chars: int | None = None) -> str:
        if column.type == "bytea":
            return f"('(' || octet_length({column.sql}) || ' bytes, not shown)')"
        if column.type == "bytea[]":
            return f"('(' || cardinality({column.sql}) || ' binary values, not shown)')"
        if column.type.endswith("[]"):
            value = f"array_to_string({column.sql}, ', ', 'NULL')"
        else:
            value = f"CAST({column.sql} AS text)"
        return value if max_chars is None else f"left({value}, {max_chars})"

    def digest_of(self, column: Column) -> str:
        # Not of `text_of`: an array's elements may hold commas, and bytes count here.
        return f"encode(sha256(convert_to(CAST({column.sql} AS text), 'UTF8')), 'hex')"

    def tokens_of(self, column: Column) -> str:
        if column.type.endswith("[]"):
            return f"CAST(array_to_json({column.sql}) AS text)"
        return f"CAST({column.sql} AS text)"

    def equals(self, column: Column, parameter: str) -> str:
        return f"{column.sql} = {self.sort_value(column, parameter)}"

    def sort_key(self, column: Column) -> str:
        return column.sql

    def sort_value(self, column: Column, parameter: str) -> str:
        return f"CAST(CAST({parameter} AS text) AS {literal(column.type)})"

    def translated(self, error: BaseException) -> VouchError:
        match error:
            case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
                return CredentialsRefused(f"The database refuses the user. {_sentence(error)}")
            case errors.InsufficientPrivilege():
                return CredentialsRefused(f"The user may not read this. {_sentence(error)}")
            case errors.QueryCanceled() | errors.LockNotAvailable():
                return SourceUnavailable(
                    f"The database took longer than {self._statement_s:g} s over a statement."
                )
            case errors.ReadOnlySqlTransaction():
                return SourceMisconfigured(
                    f"The query must only read, which is all Vouch may do. {_sentence(error)}"
                )
            case psycopg.OperationalError() | psycopg.InterfaceError() if error.sqlstate is None:
                return _lost_or_refused(str(error))
            case psycopg.Error() if (error.sqlstate or "")[:2] in {"08", "40", "53", "57", "58"}:
                return SourceUnavailable(f"The database cannot answer now. {_sentence(error)}")
            case psycopg.Error():
                return SourceMisconfigured(f"The database rejects the query. {_sentence(error)}")
        return SourceUnavailable("The connection to the database broke.")


# libpq would otherwise look for a password, a key and a ticket of the user that runs Vouch.
_NOTHING_OF_THIS_MACHINE = {
    "passfile": os.devnull,
    "sslcertmode": "disable",
    "gssencmode": "disable",
    "require_auth": "!gss,!sspi",
    "options": "",
    "target_session_attrs": "any",
}


class _Connection(psycopg.Connection[Any]):
    """libpq waits for ever for a server that has fallen silent; this one gives up, and closes."""

    answer_timeout_s: float = 30.0

    def wait(
        self,
        gen: Generator[Any, Any, Any],
        interval: float = _LONGEST_WAIT_S,
        timeout: float | None = None,
    ) -> Any:
        return super().wait(self._bounded(gen), interval=interval, timeout=timeout)

    def _bounded(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        deadline = time.monotonic() + self.answer_timeout_s
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    deadline = now + self.answer_timeout_s
                elif now > deadline:
                    self.close()
                    raise psycopg.OperationalError("the server has not answered in time")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def _lost_or_refused(message: str) -> VouchError:
    if _REFUSES_THE_USER.search(message):
        return CredentialsRefused(
            "The database refuses the user or the password.", operator_detail=message
        )
    if _MISCONFIGURED.search(message):
        return SourceMisconfigured(
            "The database refuses the connection: check its name, and sslmode.",
            operator_detail=message,
        )
    return SourceUnavailable(
        "The database does not answer, or the connection broke.", operator_detail=message
    )


def _sentence(error: psycopg.Error) -> str:
    """The message alone: its detail and context may quote rows."""
    message = error.diag.message_primary or type(error).__name__
    return f"It says: {message}."
