"""The SQL connector passes the kit over PostgreSQL and over SQLite."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import TcpFaultProxy
from connectors.context import ConnectorContext
from connectors.contract import Connector, DocumentRef
from connectors.egress import EgressPolicy
from connectors.sql.config import SqlConfig, SqlCredentials
from connectors.sql.connector import SqlConnector
from tests.integration.connectors.sql_servers import (
    READER,
    READER_PASSWORD,
    PostgresServer,
    postgres_server,
)

# Long enough for any statement here, short enough to wait for.
_TIMEOUT_S = 0.6


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


class _HexConnector(SqlConnector):
    """Documents of this world are any bytes, and a text column holds them as hexadecimal digits."""

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        with super().fetch(ref) as digits, tempfile.NamedTemporaryFile() as file:
            file.write(bytes.fromhex(digits.read_text()))
            file.flush()
            yield Path(file.name)


class _SqlWorld(ConnectorConformance):
    """A row is a document. Its path is its id, so another path is another document."""

    folder: Path

    def config(self, **changes: object) -> SqlConfig:
        raise NotImplementedError

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._open(self.config(), max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._open(self.config(table="missing"), None)

    def put(self, path: str, content: bytes) -> None:
        self._execute(
            "INSERT INTO document (path, content) VALUES (:path, :content) ON CONFLICT (path)"
            " DO UPDATE SET content = excluded.content",
            path=path,
            content=content.hex(),
        )

    def delete(self, path: str) -> None:
        self._execute("DELETE FROM document WHERE path = :path", path=path)

    def rename(self, old: str, new: str) -> None:
        self._execute("UPDATE document SET path = :new WHERE path = :old", old=old, new=new)

    def _execute(self, statement: str, **parameters: str) -> None:
        raise NotImplementedError

    def _open(self, config: SqlConfig, max_file_bytes: int | None) -> SqlConnector:
        limit = 1_000_000 if max_file_bytes is None else max_file_bytes
        context = ConnectorContext(
            source_id="source",
            cache_dir=self.folder / "cache",
            egress=EgressPolicy(allow_private=True),
            max_file_bytes=2 * limit,
            timeout_s=_TIMEOUT_S,
        )
        credentials = SqlCredentials(password=SecretStr(READER_PASSWORD))
        return _HexConnector(config, credentials, context, milestone_every=2)


class TestPostgresConnector(_SqlWorld):
    faults = frozenset({Fault.TIMEOUT, Fault.HALF_RESPONSE})
    # Bytes: while it connects, and later.
    fault_positions = (0, 1_500)
    server: PostgresServer
    proxy: TcpFaultProxy

    @pytest.fixture(autouse=True)
    def _world(self, server: PostgresServer, tmp_path: Path) -> Iterator[None]:
        self.server, self.folder = server, tmp_path
        with server.connect() as admin:
            admin.execute("DROP TABLE IF EXISTS document")
            admin.execute(
                "CREATE TABLE document (path text PRIMARY KEY, content text NOT NULL,"
                " changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
                " readers text[] NOT NULL DEFAULT '{}')"
            )
            admin.execute(f"GRANT SELECT ON document TO {READER}")
            self.admin = admin
            with TcpFaultProxy("127.0.0.1", server.port) as self.proxy:
                yield

    def config(self, **changes: object) -> SqlConfig:
        fields: dict[str, Any] = {
            "url": self.server.url(port=self.proxy.port),
            "table": "document",
            "id_columns": ("path",),
            "path_template": "{path}",
            "template": "{content}",
            "updated_column": "changed_at",
            "acl_column": "readers",
            **changes,
        }
        return SqlConfig(**fields)

    def put(self, path: str, content: bytes) -> None:
        super().put(path, content)
        self._execute(
            "UPDATE document SET changed_at = clock_timestamp() WHERE path = :path", path=path
        )

    def grant(self, path: str, token: str) -> None:
        self._execute(
            "UPDATE document SET readers = array_append(readers, :token) WHERE path = :path",
            token=token,
            path=path,
        )

    def revoke(self, path: str, token: str) -> None:
        self._execute(
            "UPDATE document SET readers = array_remove(readers, :token) WHERE path = :path",
            token=token,
            path=path,
        )

    def put_many(self, count: int) -> None:
        self.admin.execute(
            "INSERT INTO document (path, content)"
            " SELECT 'many/' || n, 'ab' FROM generate_series(1, %s) AS n",
            (count,),
        )

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)

    def _execute(self, statement: str, **parameters: str) -> None:
        for name in parameters:
            statement = statement.replace(f":{name}", f"%({name})s")
        self.admin.execute(statement, parameters)


class TestSqliteConnector(_SqlWorld):
    """Without a column that says when a row changed."""

    @pytest.fixture(autouse=True)
    def _world(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self._execute("CREATE TABLE document (path TEXT PRIMARY KEY, content TEXT, readers TEXT)")

    def config(self, **changes: object) -> SqlConfig:
        fields: dict[str, Any] = {
            "url": f"sqlite:///{self.folder / 'world.sqlite3'}",
            "allow_local": True,
            "table": "document",
            "id_columns": ("path",),
            "path_template": "{path}",
            "template": "{content}",
            "acl_column": "readers",
            **changes,
        }
        return SqlConfig(**fields)

    def grant(self, path: str, token: str) -> None:
        self._execute(
            "UPDATE document SET readers = coalesce(readers || ', ', '') || :token"
            " WHERE path = :path",
            token=token,
            path=path,
        )

    def revoke(self, path: str, token: str) -> None:
        self._execute(
            "UPDATE document SET readers = replace(readers, :token, '') WHERE path = :path",
            token=token,
            path=path,
        )

    def put_many(self, count: int) -> None:
        with closing(sqlite3.connect(self.folder / "world.sqlite3")) as database, database:
            database.executemany(
                "INSERT INTO document (path, content) VALUES (?, 'ab')",
                ((f"many/{number}",) for number in range(count)),
            )

    def _execute(self, statement: str, **parameters: str) -> None:
        with closing(sqlite3.connect(self.folder / "world.sqlite3")) as database, database:
            database.execute(statement, parameters)
