"""What the SQL connector needs to know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from connectors.sql.templates import columns_in

POSTGRESQL = "postgresql"
SQLITE = "sqlite"

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
Template = Annotated[str, Field(min_length=1, max_length=10_000)]


class SqlCredentials(BaseModel):
    """The password of the user whom the address names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    password: SecretStr = Field(min_length=1, max_length=10_000)


class SqlConfig(BaseModel):
    """A table, or a query of the owner's, whose rows are documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=2_000)
    """`postgresql://user@host:5432/database`, with `?sslmode=…` if need be; `sqlite:////path`."""
    allow_local: bool = False
    """Whether `url` may name a SQLite file on the machine that runs the workers."""
    table: str | None = Field(default=None, min_length=1, max_length=400)
    """`name` or `schema.name`."""
    query: str | None = Field(default=None, min_length=1, max_length=100_000)
    """One SELECT, in place of `table`."""
    id_columns: tuple[ColumnName, ...] = Field(min_length=1, max_length=16)
    """Their values name a document within the source for ever."""
    group_rows: bool = False
    """Whether rows with the same id are one document, shown as a table; else an id is one row's."""
    row_order: tuple[ColumnName, ...] = Field(default=(), max_length=16)
    """How the rows of a document are ordered."""
    title_column: ColumnName | None = None
    text_columns: tuple[ColumnName, ...] = Field(default=(), max_length=200)
    """Empty: every column that has no other role."""
    template: Template | None = None
    """The document's text with `{column}` for a value, in place of `text_columns`."""
    updated_column: ColumnName | None = None
    """It changes whenever the row does. Without it, the rows' whole text is compared."""
    acl_column: ColumnName | None = None
    """An array, or a text separated by commas, of access tokens. NULL: nobody may read the row."""
    path_template: Template | None = None
    """None: the table's name, a slash, the id and `.md`."""
    uri_template: Template | None = None
    """Where a person looks at the row. None: the database's address and the id."""
    statement_timeout_s: float | None = Field(default=None, gt=0, le=3_600)
    """None: as long as Vouch waits for any one answer."""

    @field_validator("url")
    @classmethod
    def _parse_url(cls, value: str) -> str:
        url = _parsed(value)
        if url.password is not None:
            raise ValueError("must hold no password; give it as a credential")
        if url.drivername == POSTGRESQL:
            _require_postgresql_server(url)
        elif url.drivername == SQLITE:
            _require_sqlite_file(url)
        else:
            raise ValueError("must begin with postgresql:// or sqlite://, without a driver's name")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        if self.is_local and not self.allow_local:
            raise ValueError("a SQLite file is on Vouch's own machine: an admin sets allow_local")
        if self.template is not None and (self.text_columns or self.group_rows):
            raise ValueError("template stands in place of text_columns, and shows a single row")
        if self.row_order and not self.group_rows:
            raise ValueError("row_order is of use with group_rows only")
        return self

    @property
    def parsed_url(self) -> URL:
        return make_url(self.url)

    @property
    def is_local(self) -> bool:
        return self.parsed_url.drivername == SQLITE

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Every column that a setting names, each once."""
        return tuple(dict.fromkeys(self._iter_columns()))

    def _iter_columns(self) -> Iterator[str]:
        yield from self.id_columns
        yield from self.row_order
        yield from self.text_columns
        for column in (self.title_column, self.updated_column, self.acl_column):
            if column is not None:
                yield column
        for template in (self.template, self.path_template, self.uri_template):
            if template is not None:
                yield from columns_in(template)


def _parsed(value: str) -> URL:
    # The parser's own messages repeat what they were given, and that may hold a password.
    try:
        return make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("must be like postgresql://user@host:5432/database") from None


def _require_postgresql_server(url: URL) -> None:
    if not url.host or "/" in url.host or "," in url.host:
        raise ValueError("must name one host")
    if not url.username or not url.database:
        raise ValueError("must name a user and a database")
    if extra := sorted(set(url.query) - {"sslmode"}):
        raise ValueError(f"knows only the parameter sslmode, not {', '.join(extra)}")
    if url.query.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(_SSL_MODES)}")


def _require_sqlite_file(url: URL) -> None:
    if url.host or url.username or url.query:
        raise ValueError("must be like sqlite:////absolute/path")
    if not url.database or not PurePosixPath(url.database).is_absolute():
        raise ValueError("must be like sqlite:////absolute/path")
