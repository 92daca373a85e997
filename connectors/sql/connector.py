"""Documents in the rows of a database: it lists ids, and renders rows as Markdown when asked."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    DocumentFailure,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingItem,
)
from connectors.downloads import downloaded
from connectors.snapshots.comparing import ListingState, Step, changes, scope_of
from connectors.snapshots.folder import SnapshotFolder
from connectors.sql import rendering
from connectors.sql.client import SqlClient
from connectors.sql.config import SqlConfig, SqlCredentials
from connectors.sql.dialect import Dialect
from connectors.sql.documents import ReferenceMaker, RowGroup, external_id, grouped, id_values
from connectors.sql.postgres import PostgresDialect
from connectors.sql.sqlite import SqliteDialect

_NOT_UNIQUE = (
    "Several rows have this id. Name id columns that tell them apart, or set group_rows to make "
    "one document of them."
)


class SqlConnector:
    """Every listing reads every row's id, so none is missed and none outlives its row. A listing of
    changes is that, compared with what the listing before had seen.
    """

    kind: ClassVar[str] = "sql"
    config_type: ClassVar[type[BaseModel]] = SqlConfig
    credentials_type: ClassVar[type[BaseModel] | None] = SqlCredentials
    capabilities: ClassVar[Capabilities] = Capabilities(
        lists_changes=True, reports_access=True, max_concurrent_fetches=2
    )

    def __init__(
        self,
        config: SqlConfig,
        credentials: SqlCredentials | None,
        context: ConnectorContext,
        *,
        milestone_every: int = 1_000,
    ) -> None:
        self._config = config
        self._context = context
        self._client = SqlClient(config, _dialect(config, credentials, context), context)
        self._references = ReferenceMaker(config)
        self._scope = scope_of(
            config.model_dump_json(exclude={"statement_timeout_s", "allow_local"})
        )
        self._snapshots = SnapshotFolder(context.cache_dir / "sql")
        self._milestone_every = milestone_every

    @classmethod
    def open(
        cls, config: SqlConfig, credentials: SqlCredentials | None, context: ConnectorContext
    ) -> Self:
        return cls(config, credentials, context)

    def check(self) -> None:
        self._client.read_first_row()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        state = ListingState.of(since, scope=self._scope)
        with closing(self._steps(state.after)) as steps:
            yield from changes(
                state, steps, folder=self._snapshots, milestone_every=self._milestone_every
            )

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        with closing(self._render(id_values(ref.external_id))) as pieces:
            encoded = (piece.encode() for piece in pieces)
            with downloaded(encoded, max_bytes=self._context.max_file_bytes) as path:
                yield path

    def close(self) -> None:
        self._client.close()

    def _steps(self, after: str | None) -> Generator[Step, None, None]:
        """Document by document in the order of their ids, behind this one."""
        nameless = 0
        with closing(self._client.list_rows(None if after is None else id_values(after))) as rows:
            for group in grouped(rows, has_acl=self._config.acl_column is not None):
                if group.ids is None:
                    nameless += group.count
                    continue
                name = external_id(group.ids)
                yield name, [self._named(name, group)]
        if nameless:
            yield None, [_nameless(nameless)]

    def _named(self, name: str, group: RowGroup) -> DocumentRef | DocumentFailure:
        reference = self._references.reference(name, group)
        if group.count == 1 or self._config.group_rows:
            return reference
        return DocumentFailure(
            external_id=name, path=reference.path, code="id_not_unique", detail=_NOT_UNIQUE
        )

    def _render(self, ids: list[str]) -> Generator[str, None, None]:
        """The document piece by piece. Raises DocumentVanished, DocumentUnreadable."""
        config = self._config
        columns = self._client.statements().text_columns
        with closing(self._client.document_rows(ids)) as rows:
            first = next(rows, None)
            if first is None:
                raise DocumentVanished("The row was gone when it was to be read.")
            title = None if config.title_column is None else first[config.title_column]
            if config.group_rows:
                yield from rendering.table(chain([first], rows), columns, title=title)
                return
            if next(rows, None) is not None:
                raise DocumentUnreadable(_NOT_UNIQUE)
            if config.template is not None:
                yield from rendering.from_template(first, config.template)
            else:
                yield from rendering.record(first, columns, title=title)


def _dialect(
    config: SqlConfig, credentials: SqlCredentials | None, context: ConnectorContext
) -> Dialect:
    statement_s = config.statement_timeout_s or context.timeout_s
    if config.is_local:
        return SqliteDialect(config.parsed_url, statement_s=statement_s)
    password = None if credentials is None else credentials.password.get_secret_value()
    return PostgresDialect(config.parsed_url, password, context, statement_s=statement_s)


def _nameless(count: int) -> DocumentFailure:
    return DocumentFailure(
        external_id="",
        path="",
        code="id_missing",
        detail=f"{count:,} rows have NULL in an id column, and cannot be named.",
    )
