"""The statements that read the owner's table or query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.contract import SourceMisconfigured
from connectors.sql.config import SqlConfig
from connectors.sql.dialect import ROWS, Column, Dialect, literal, quoted
from connectors.sql.templates import columns_in

_MAX_SHOWN_CHARS = 2_000
"""Of a value in a title, a path or an address."""

Parameters = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRow:
    """What a listing reads of a row. A text is the database's own, None for NULL."""

    ids: tuple[str | None, ...]
    digests: tuple[str | None, ...]
    """They change whenever the row's text may have."""
    shown: dict[str, str | None]
    """By column: what paths and addresses are made of."""
    updated: str | None
    tokens: str | None


def source_sql(config: SqlConfig) -> str:
    """The owner's table or query as something to select from, called `ROWS`."""
    if config.table is not None:
        return f"{'.'.join(quoted(part) for part in config.table.split('.'))} AS {ROWS}"
    # On its own lines, for it may end in a comment. As a part of a statement it can be one SELECT
    # and nothing else.
    return f"(\n{literal(str(config.query).strip().removesuffix(';'))}\n) AS {ROWS}"


def probe_sql(config: SqlConfig) -> tuple[str, dict[str, int]]:
    """No rows, and what their columns are."""
    return f"SELECT * FROM {source_sql(config)} LIMIT :rows", {"rows": 0}  # noqa: S608


class Statements:
    """Made for the columns that there are. Raises SourceMisconfigured where a named one is not."""

    def __init__(self, config: SqlConfig, dialect: Dialect, columns: Sequence[Column]) -> None:
        self._dialect = dialect
        self._source = source_sql(config)
        by_name = {column.name: column for column in columns}
        if missing := [name for name in config.named_columns if name not in by_name]:
            raise SourceMisconfigured(
                f"There is no column {', '.join(missing)}. There are: {', '.join(by_name)}."
            )
        self._ids = [by_name[name] for name in config.id_columns]
        if binary := [column.name for column in self._ids if column.type.startswith("bytea")]:
            raise SourceMisconfigured(f"The column {', '.join(binary)} is binary, and no id.")
        self._order = [by_name[name] for name in config.row_order]
        self._content = [by_name[name] for name in _content_names(config, by_name)]
        self._updated = by_name.get(config.updated_column or "")
        self._acl = by_name.get(config.acl_column or "")
        self._shown = [by_name[name] for name in _shown_names(config)]
        self.text_columns = tuple(
            name for name in _text_names(config, by_name) if name != config.title_column
        )

    def listing(self, after: Sequence[str] | None) -> tuple[str, Parameters]:
        """All rows by id, or those behind the given one; those without an id come last."""
        dialect = self._dialect
        keys = [dialect.sort_key(column) for column in self._ids]
        digests = self._content if self._updated is None else [self._updated]
        expressions = [
            *(dialect.id_of(column) for column in self._ids),
            *(dialect.digest_of(column) for column in digests),
            *(dialect.text_of(column, max_chars=_MAX_SHOWN_CHARS) for column in self._shown),
            "NULL" if self._updated is None else dialect.text_of(self._updated),
            "NULL" if self._acl is None else dialect.tokens_of(self._acl),
        ]
        where, parameters = "", {}
        if after is not None:
            parameters = _parameters(after)
            values = [
                dialect.sort_value(column, f":{name}")
                for column, name in zip(self._ids, parameters, strict=True)
            ]
            nulls = " OR ".join(f"{key} IS NULL" for key in keys)
            where = f"WHERE ({', '.join(keys)}) > ({', '.join(values)}) OR {nulls}"
        order = ", ".join(f"{key} NULLS LAST" for key in keys)
        return f"{self._select(expressions)} {where} ORDER BY {order}", parameters

    def listed(self, values: Sequence[str | None]) -> ListedRow:
        """A row of `listing`."""
        ids = len(self._ids)
        digests = ids + (len(self._content) if self._updated is None else 1)
        shown = digests + len(self._shown)
        names = [column.name for column in self._shown]
        return ListedRow(
            ids=tuple(values[:ids]),
            digests=tuple(values[ids:digests]),
            shown=dict(zip(names, values[digests:shown], strict=True)),
            updated=values[shown],
            tokens=values[shown + 1],
        )

    def document(self, ids: Sequence[str], *, max_chars: int) -> tuple[str, Parameters]:
        """The rows of one document in their order. A longer value is cut one character beyond."""
        parameters = _parameters(ids)
        if len(parameters) != len(self._ids):
            raise SourceMisconfigured("The document was listed with other id columns.")
        where = " AND ".join(
            self._dialect.equals(column, f":{name}")
            for column, name in zip(self._ids, parameters, strict=True)
        )
        texts = [self._dialect.text_of(c, max_chars=max_chars + 1) for c in self._content]
        order = ", ".join([*(column.sql for column in self._order), *texts])
        return f"{self._select(texts)} WHERE {where} ORDER BY {order}", parameters

    def content(self, values: Sequence[str | None]) -> dict[str, str | None]:
        """A row of `document` by column."""
        return dict(zip((column.name for column in self._content), values, strict=True))

    def _select(self, expressions: Iterable[str]) -> str:
        return f"SELECT {', '.join(expressions)} FROM {self._source}"  # noqa: S608


def _parameters(ids: Sequence[str]) -> Parameters:
    return {f"id_{number}": value for number, value in enumerate(ids)}


def _content_names(config: SqlConfig, present: Iterable[str]) -> tuple[str, ...]:
    """The columns that the document's text shows."""
    title = () if config.title_column is None else (config.title_column,)
    return tuple(dict.fromkeys((*title, *_text_names(config, present)))) or config.id_columns


def _text_names(config: SqlConfig, present: Iterable[str]) -> tuple[str, ...]:
    if config.template is not None:
        return tuple(columns_in(config.template))
    if config.text_columns:
        return config.text_columns
    others = {*config.id_columns, config.title_column, config.updated_column, config.acl_column}
    return tuple(name for name in present if name not in others)


def _shown_names(config: SqlConfig) -> tuple[str, ...]:
    templates = [t for t in (config.path_template, config.uri_template) if t is not None]
    return tuple(dict.fromkeys(name for t in templates for name in columns_in(t)))
