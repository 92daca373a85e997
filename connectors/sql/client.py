"""One database: a pool of read-only connections, and the rows that it answers with."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.context import ConnectorContext
from connectors.contract import SourceUnavailable
from connectors.sql.config import SqlConfig
from connectors.sql.dialect import Dialect
from connectors.sql.statements import ListedRow, Statements, probe_sql

_BATCH_ROWS = 200
_MAX_CONNECTIONS = 2


class SqlClient:
    """Safe to use from several threads. Raises the contract's errors, never the driver's."""

    def __init__(self, config: SqlConfig, dialect: Dialect, context: ConnectorContext) -> None:
        self._config = config
        self._dialect = dialect
        self._context = context
        options = {} if dialect.driver == "sqlite" else {"use_native_hstore": False}
        self._engine = create_engine(
            f"{dialect.driver}://",
            creator=dialect.connect,
            poolclass=QueuePool,
            pool_size=_MAX_CONNECTIONS,
            max_overflow=0,
            pool_timeout=context.timeout_s,
            hide_parameters=True,
            **options,
        )
        self._lock = threading.Lock()
        self._statements: Statements | None = None

    def list_rows(self, after: Sequence[str] | None) -> Generator[ListedRow, None, None]:
        """Every row by id, or those behind this id, from one snapshot of the database."""
        statements = self.statements()
        sql, parameters = statements.listing(after)
        with closing(self._stream(sql, parameters, at_leisure=True)) as rows:
            yield from map(statements.listed, rows)

    def document_rows(self, ids: Sequence[str]) -> Generator[dict[str, str | None], None, None]:
        """The rows of one document, with the columns of its text."""
        statements = self.statements()
        sql, parameters = statements.document(ids, max_chars=self._context.max_file_bytes)
        with closing(self._stream(sql, parameters)) as rows:
            yield from map(statements.content, rows)

    def read_first_row(self) -> None:
        """For a query may be understood, and fail when it is run."""
        sql, parameters = self.statements().listing(None)
        with closing(self._stream(f"{sql} LIMIT 1", parameters)) as rows:
            next(rows, None)

    def statements(self) -> Statements:
        """Made once the columns are known. Raises SourceMisconfigured."""
        with self._lock:
            if self._statements is None:
                sql, parameters = probe_sql(self._config)
                with self._connection() as connection:
                    result = connection.execute(text(sql), parameters)
                    columns = self._dialect.columns(connection, result.cursor.description)
                self._statements = Statements(self._config, self._dialect, columns)
            return self._statements

    def close(self) -> None:
        """Close the connections that nobody uses; the others close when their user is done."""
        self._engine.dispose()

    def _stream(
        self, sql: str, parameters: dict[str, str], *, at_leisure: bool = False
    ) -> Generator[Sequence[Any], None, None]:
        with self._connection() as connection:
            self._dialect.start_clock(connection)
            if at_leisure:
                sql = self._dialect.settled(connection, sql, parameters)
            # Closed at once when the reader leaves early: the server keeps its cursor until then.
            with connection.execute(
                text(sql), parameters, execution_options={"yield_per": _BATCH_ROWS}
            ) as result:
                for batch in result.partitions(_BATCH_ROWS):
                    yield from batch
                    self._dialect.start_clock(connection)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        self._context.pacer.wait()
        try:
            with self._engine.connect() as connection:
                self._dialect.begin(connection)
                yield connection
        except DBAPIError as error:
            raise self._dialect.translated(error.orig or error) from error
        except SQLAlchemyError as error:
            raise SourceUnavailable("The database's connections are all in use.") from error
