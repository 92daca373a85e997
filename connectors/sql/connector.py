"""Documents in the rows of a database: it lists ids, and renders rows as Markdown when asked."""

from __future__ import annotations

import hashlib
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
    CheckpointExpired,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingItem,
    Milestone,
)
from connectors.downloads import downloaded
from connectors.sql import rendering
from connectors.sql.checkpoints import ListingState, parse_checkpoint, scope_of
from connectors.sql.client import SqlClient
from connectors.sql.config import SqlConfig, SqlCredentials
from connectors.sql.dialect import Dialect
from connectors.sql.documents import ReferenceMaker, RowGroup, external_id, grouped, id_values
from connectors.sql.postgres import PostgresDialect
from connectors.sql.snapshots import Snapshot, SnapshotFolder, SnapshotMissing
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
        self._scope = scope_of(config)
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
        state = ListingState(scope=self._scope)
        if since is not None:
            state = parse_checkpoint(since, scope=self._scope)
        opened = (
            self._snapshots.begin(base=state.base)
            if state.snapshot is None
            else self._snapshots.resume(state.snapshot, base=state.base)
        )
        try:
            with opened as snapshot:
                yield from self._list(
                    state.model_copy(update={"snapshot": snapshot.name}), snapshot
                )
        except SnapshotMissing as error:
            raise CheckpointExpired(
                "What the listing before had seen is no longer in the cache."
            ) from error

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        with closing(self._render(id_values(ref.external_id))) as pieces:
            encoded = (piece.encode() for piece in pieces)
            with downloaded(encoded, max_bytes=self._context.max_file_bytes) as path:
                yield path

    def close(self) -> None:
        self._client.close()

    def _list(self, state: ListingState, snapshot: Snapshot) -> Iterator[ListingItem]:
        after = None if state.after is None else id_values(state.after)
        nameless = 0
        with closing(self._client.list_rows(after)) as rows:
            groups = grouped(rows, has_acl=self._config.acl_column is not None)
            for number, group in enumerate(groups, 1):
                if group.ids is None:
                    nameless += group.count
                    continue
                name = external_id(group.ids)
                yield from self._list_group(name, group, state, snapshot)
                if number % self._milestone_every == 0:
                    snapshot.commit()
                    yield Milestone(
                        checkpoint=state.model_copy(update={"after": name}).checkpoint()
                    )
        if nameless:
            yield _nameless(nameless)
        snapshot.commit()
        if state.base is not None:
            yield from map(_removed, snapshot.iter_removed())
        yield ListingEnd(
            coverage=Coverage.EVERYTHING if state.base is None else Coverage.CHANGES,
            checkpoint=ListingState(scope=self._scope, base=snapshot.name).checkpoint(),
        )

    def _list_group(
        self, name: str, group: RowGroup, state: ListingState, snapshot: Snapshot
    ) -> Iterator[ListingItem]:
        reference = self._references.reference(name, group)
        if group.count > 1 and not self._config.group_rows:
            # Never equal to a digest, so the document is named again once its id is its own.
            snapshot.add(name, b"")
            yield DocumentFailure(
                external_id=name, path=reference.path, code="id_not_unique", detail=_NOT_UNIQUE
            )
            return
        digest = hashlib.sha256(repr(reference).encode()).digest()[:16]
        snapshot.add(name, digest)
        if state.base is None or snapshot.find_in_base(name) != digest:
            yield reference

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


def _removed(name: str) -> DocumentRemoved:
    return DocumentRemoved(external_id=name)
