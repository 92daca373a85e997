"""The SQL connector's configuration, and SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.conformance.listed import Listed
from connectors.context import ConnectorContext
from connectors.contract import SourceMisconfigured, SourceUnavailable
from connectors.sql.config import SqlConfig
from connectors.sql.connector import SqlConnector
from connectors.sql.documents import external_id, id_values

_URL = "postgresql://reader@database.acme.test/crm"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "postgresql://reader:hunter2@database.acme.test/crm"}, "no password"),
        ({"url": "postgresql://reader@/crm?host=/run/postgresql"}, "one host"),
        ({"url": "postgresql://reader@a.test,b.test/crm"}, "like postgresql|one host"),
        ({"url": "postgresql://database.acme.test/crm"}, "a user"),
        ({"url": f"{_URL}?hostaddr=127.0.0.1"}, "not hostaddr"),
        ({"url": f"{_URL}?sslmode=maybe"}, "sslmode must be"),
        ({"url": "postgresql+psycopg2://reader@a.test/crm"}, "must begin with"),
        ({"url": "mysql://reader@a.test/crm"}, "must begin with"),
        ({"url": "hunter2"}, "must be like"),
        ({"url": "sqlite:////srv/crm.sqlite3"}, "allow_local"),
        ({"url": "sqlite:///crm.sqlite3", "allow_local": True}, "absolute"),
        ({"url": "sqlite://", "allow_local": True}, "absolute"),
        ({"query": "SELECT 1"}, "either table or query"),
        ({"table": None}, "either table or query"),
        ({"template": "{a}", "group_rows": True}, "template"),
        ({"row_order": ("a",)}, "group_rows"),
        ({"id_columns": ()}, "at least 1"),
    ],
)
def test_configuration_that_cannot_be_meant_is_refused(
    fields: dict[str, Any], message: str
) -> None:
    valid = {"url": _URL, "table": "ticket", "id_columns": ("id",)}
    with pytest.raises(ValidationError, match=message) as caught:
        SqlConfig.model_validate(valid | fields)
    assert all("hunter2" not in item["msg"] for item in caught.value.errors())


@given(st.lists(st.text(), min_size=1))
def test_external_id_leads_back_to_its_values(values: list[str]) -> None:
    assert id_values(external_id(values)) == values


@contextmanager
def _opened(folder: Path, *, timeout_s: float = 10, **fields: Any) -> Iterator[SqlConnector]:
    config = SqlConfig.model_validate(
        {
            "url": f"sqlite:///{folder / 'world.sqlite3'}",
            "allow_local": True,
            "table": None if "query" in fields else "ticket",
            "id_columns": ("id",),
            **fields,
        }
    )
    context = ConnectorContext(source_id="source", cache_dir=folder, timeout_s=timeout_s)
    with closing(SqlConnector.open(config, None, context)) as connector:
        yield connector


def _execute(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "world.sqlite3")) as database, database:
        for statement in statements:
            database.execute(statement)


def test_missing_file_is_the_owners_to_correct_and_is_not_made(tmp_path: Path) -> None:
    with _opened(tmp_path) as connector, pytest.raises(SourceMisconfigured, match="be opened"):
        connector.check()
    assert not (tmp_path / "world.sqlite3").exists()


def test_file_that_is_no_database_is_the_owners_to_correct(tmp_path: Path) -> None:
    (tmp_path / "world.sqlite3").write_bytes(b"no database" * 100)
    with _opened(tmp_path) as connector, pytest.raises(SourceMisconfigured, match="not a database"):
        connector.check()


def test_value_of_each_type_leads_back_to_its_row_and_has_its_text(tmp_path: Path) -> None:
    _execute(
        tmp_path,
        "CREATE TABLE ticket (id, value)",
        "INSERT INTO ticket VALUES (1, 1.5), ('1a', x'00ff'), (2.5, 'text'), ('007', NULL)",
    )
    with _opened(tmp_path) as connector:
        listed = Listed.of(connector.discover(None))
        texts = {}
        for path in listed.paths:
            with connector.fetch(listed.at(path)) as file:
                texts[path] = file.read_text()
    assert texts == {
        "ticket/1.md": "**value**: 1.5\n\n",
        "ticket/1a.md": "**value**: (2 bytes, not shown)\n\n",
        "ticket/2.5.md": "**value**: text\n\n",
        "ticket/007.md": "",
    }


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ticket RETURNING id",
        "SELECT id FROM ticket; DELETE FROM ticket",
        "SELECT id FROM ticket) AS vouch_rows; DELETE FROM ticket; --",
    ],
)
def test_query_can_do_nothing_but_read(tmp_path: Path, query: str) -> None:
    _execute(tmp_path, "CREATE TABLE ticket (id)", "INSERT INTO ticket VALUES (1)")
    with _opened(tmp_path, query=query) as connector, pytest.raises(SourceMisconfigured):
        connector.check()
    with _opened(tmp_path) as connector:
        assert len(Listed.of(connector.discover(None)).documents) == 1


def test_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    _execute(tmp_path, "CREATE TABLE ticket (id)")
    query = (
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 1e9)"
        " SELECT max(id) AS id FROM n"
    )
    with (
        _opened(tmp_path, query=query, timeout_s=0.2) as connector,
        pytest.raises(SourceUnavailable, match="too long"),
    ):
        connector.check()


def test_writer_is_not_kept_waiting_by_a_listing(tmp_path: Path) -> None:
    _execute(tmp_path, "CREATE TABLE ticket (id)", "INSERT INTO ticket VALUES (1), (2)")
    with _opened(tmp_path) as connector, closing(connector.discover(None)) as listing:  # type: ignore[type-var]
        next(listing)
        with closing(sqlite3.connect(tmp_path / "world.sqlite3", timeout=0)) as database, database:
            database.execute("DELETE FROM ticket")
        assert len(list(listing)) == 2
