"""The SQL connector against a real PostgreSQL server: values, access, what it refuses."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from connectors.conformance.listed import Listed
from connectors.context import ConnectorContext
from connectors.contract import (
    CheckpointExpired,
    CredentialsRefused,
    DocumentUnreadable,
    DocumentVanished,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused, EgressPolicy
from connectors.sql.config import SqlConfig, SqlCredentials
from connectors.sql.connector import SqlConnector
from tests.integration.connectors.sql_servers import (
    READER,
    READER_PASSWORD,
    PostgresServer,
    postgres_server,
)

Open = Callable[..., SqlConnector]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def admin(server: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with server.connect() as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(f"GRANT USAGE ON SCHEMA public TO {READER}")
        connection.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {READER}"
        )
        yield connection


@pytest.fixture
def open_sql(server: PostgresServer, tmp_path: Path) -> Iterator[Open]:
    """Opens connectors over tickets, unless told otherwise, and closes them."""
    opened: list[SqlConnector] = []

    def open_sql(
        *,
        password: str | None = READER_PASSWORD,
        egress: EgressPolicy | None = None,
        timeout_s: float = 10,
        **fields: Any,
    ) -> SqlConnector:
        source = {} if "query" in fields else {"table": "ticket"}
        config = SqlConfig(
            **{"url": server.url(), "id_columns": ("id",), "title_column": "title"}
            | source
            | fields
        )
        context = ConnectorContext(
            source_id="source",
            cache_dir=tmp_path / "cache",
            egress=egress or EgressPolicy(allow_private=True),
            timeout_s=timeout_s,
        )
        credentials = None
        if password is not None:
            credentials = SqlCredentials(password=SecretStr(password))
        opened.append(SqlConnector(config, credentials, context))
        return opened[-1]

    yield open_sql
    for connector in opened:
        connector.close()


@pytest.fixture
def _tickets(admin: psycopg.Connection[Any]) -> None:
    admin.execute("CREATE TABLE ticket (id int PRIMARY KEY, title text, body text)")
    admin.execute("INSERT INTO ticket VALUES (1, 'Broken fan', 'It rattles.'), (2, NULL, NULL)")


def _list(connector: SqlConnector) -> Listed:
    return Listed.of(connector.discover(None))


def _read(connector: SqlConnector, path: str) -> str:
    with connector.fetch(_list(connector).at(path)) as file:
        return file.read_text()


# What a document is


@pytest.mark.usefixtures("_tickets")
def test_row_becomes_a_heading_and_a_paragraph_for_each_value(open_sql: Open) -> None:
    connector = open_sql()
    listed = _list(connector)
    assert listed.paths == {"ticket/1.md", "ticket/2.md"}
    assert _read(connector, "ticket/1.md") == "# Broken fan\n\n**body**: It rattles.\n\n"
    assert _read(connector, "ticket/2.md") == ""
    assert listed.at("ticket/1.md").mime == "text/markdown"
    assert READER not in listed.at("ticket/1.md").uri


def test_values_of_every_type_have_one_text_whatever_the_servers_settings(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute(
        """CREATE TABLE ticket AS SELECT 1 AS id, 'All' AS title, NULL AS nothing,
        DATE '2024-02-29' AS day, TIMESTAMPTZ '2024-02-29 12:00+01' AS moment,
        TIMESTAMP 'infinity' AS never, INTERVAL '1 day 2 hours' AS span, 1.10::numeric AS price,
        0.1::float8 AS ratio, true AS yes, '\\x00ff'::bytea AS blob,
        '{"b": [1, "ä"]}'::jsonb AS doc,
        ARRAY['a', NULL, 'c,d'] AS list, ARRAY[[1, 2], [3, 4]] AS matrix, E'line 1\nline 2' AS note,
        '6f1f1c2e-0000-4000-8000-000000000001'::uuid AS ref"""
    )
    assert _read(open_sql(), "ticket/1.md") == (
        "# All\n\n"
        "**day**: 2024-02-29\n\n"
        "**moment**: 2024-02-29 11:00:00+00\n\n"
        "**never**: infinity\n\n"
        "**span**: P1DT2H\n\n"
        "**price**: 1.10\n\n"
        "**ratio**: 0.1\n\n"
        "**yes**: true\n\n"
        "**blob**: (2 bytes, not shown)\n\n"
        '**doc**: {"b": [1, "ä"]}\n\n'
        "**list**: a, NULL, c,d\n\n"
        "**matrix**: 1, 2, 3, 4\n\n"
        "**note**:\n\nline 1\nline 2\n\n"
        "**ref**: 6f1f1c2e-0000-4000-8000-000000000001\n\n"
    )


@pytest.mark.usefixtures("_tickets")
def test_template_fills_in_values_and_leaves_doubled_braces(open_sql: Open) -> None:
    connector = open_sql(template="## {title}\n{{kept}} {body}", path_template="{id}-{title}.md")
    assert _read(connector, "1-Broken fan.md") == "## Broken fan\n{kept} It rattles."


def test_rows_with_one_id_become_a_table_in_the_given_order(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket (id text, title text, step int, what text)")
    admin.execute(
        "INSERT INTO ticket VALUES ('a', 'A', 10, 'x|y'), ('b', 'B', 1, NULL), ('a', 'A', 9, 'z')"
    )
    connector = open_sql(group_rows=True, row_order=("step",))
    assert _read(connector, "ticket/a.md") == (
        "# A\n\n| step | what |\n| --- | --- |\n| 9 | z |\n| 10 | x\\|y |\n"
    )
    before = _list(connector).at("ticket/a.md").revision
    admin.execute("DELETE FROM ticket WHERE step = 9")
    assert _list(connector).at("ticket/a.md").revision != before


@pytest.mark.parametrize(
    ("column_type", "value"),
    [
        ("text", "a/b%2F:c ü"),
        ("text", ""),
        ("character(4)", "ab"),
        ("numeric", "1.50"),
        ("bigint", "-9223372036854775808"),
        ("timestamptz", "2024-02-29 11:00:00.000001+00"),
        ("uuid", "6f1f1c2e-0000-4000-8000-000000000001"),
        ("bit varying", "0101"),
        ("boolean", "true"),
        ('"Mood: %"', "so:so"),
        ("text[]", '{a,"b,c"}'),
    ],
)
def test_id_of_any_type_leads_back_to_its_row(
    admin: psycopg.Connection[Any], open_sql: Open, column_type: str, value: str
) -> None:
    admin.execute("CREATE TYPE \"Mood: %%\" AS ENUM ('so:so', 'other')", ())
    escaped = column_type.replace("%", "%%")
    admin.execute(f'CREATE TABLE ticket ("the: %% ""id""" {escaped}, n int, title text)', ())
    admin.execute("INSERT INTO ticket VALUES (%s, 1, 'found'), (NULL, 2, 'no id')", (value,))
    connector = open_sql(id_columns=('the: % "id"', "n"), template="{title}")
    listed = _list(connector)
    (reference,) = listed.documents.values()
    with connector.fetch(reference) as file:
        assert file.read_text() == "found"
    assert [failure.code for failure in listed.failures.values()] == ["id_missing"]


def test_id_of_two_rows_is_a_failure_until_one_goes(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket (id int, title text)")
    admin.execute("INSERT INTO ticket VALUES (1, 'a'), (2, 'b')")
    connector = open_sql()
    listed = _list(connector)
    admin.execute("INSERT INTO ticket VALUES (1, 'c')")
    with pytest.raises(DocumentUnreadable), connector.fetch(listed.at("ticket/1.md")):
        pass
    since = listed.checkpoint
    listed = Listed.of(connector.discover(since))
    assert [failure.code for failure in listed.failures.values()] == ["id_not_unique"]
    admin.execute("DELETE FROM ticket WHERE title = 'c'")
    assert Listed.of(connector.discover(listed.checkpoint)).paths == {"ticket/1.md"}


def test_updated_column_is_the_time_of_the_reference(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket AS SELECT 1 AS id, '' AS title, TIMESTAMP '2024-02-29' AS t")
    reference = _list(open_sql(updated_column="t")).at("ticket/1.md")
    assert reference.updated_at == datetime(2024, 2, 29, tzinfo=UTC)


def test_row_that_was_committed_late_with_an_early_time_is_found(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket AS SELECT 1 AS id, '' AS title, TIMESTAMP '2024-02-29' AS t")
    connector = open_sql(updated_column="t")
    since = _list(connector).checkpoint
    admin.execute("INSERT INTO ticket VALUES (2, '', '2001-01-01')")
    assert Listed.of(connector.discover(since)).paths == {"ticket/2.md"}


def test_query_may_hold_colons_percent_signs_and_a_comment_at_its_end(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket AS SELECT 1 AS id, 'a:b \\: 5%' AS title")
    query = (
        "SELECT id::int AS id, title, '%s :x' AS body FROM ticket WHERE title LIKE 'a:b%' -- all"
    )
    assert _read(open_sql(query=query), "rows/1.md") == "# a:b \\: 5%\n\n**body**: %s :x\n\n"
    assert _list(open_sql(query="SELECT * FROM ticket ;\n")).paths == {"rows/1.md"}


# Access


@pytest.mark.parametrize(
    ("column_type", "value", "acl"),
    [
        ("text", None, ()),
        ("text", "", ()),
        ("text", "user:ana@acme.test, group:hr", ("group:hr", "user:ana@acme.test")),
        ("text", "ana, group:hr, everybody", ("group:hr",)),
        ("text", '["everyone"]', ("everyone",)),
        ("text", "[", ()),
        ("text[]", ["group:hr", None, "group:it"], ("group:hr", "group:it")),
        ("jsonb", '["group:hr", 5]', ("group:hr",)),
        ("jsonb", "5", ()),
    ],
)
def test_access_column_is_read_and_what_it_does_not_say_lets_nobody_in(
    admin: psycopg.Connection[Any],
    open_sql: Open,
    column_type: str,
    value: object,
    acl: Sequence[str],
) -> None:
    admin.execute(f"CREATE TABLE ticket (id int, title text, readers {column_type})")
    admin.execute("INSERT INTO ticket VALUES (1, 'a', %s)", (value,))
    assert _list(open_sql(acl_column="readers")).at("ticket/1.md").acl == acl


@pytest.mark.usefixtures("_tickets")
def test_without_an_access_column_the_source_decides(open_sql: Open) -> None:
    assert _list(open_sql()).at("ticket/1.md").acl is None


def test_document_of_several_rows_is_for_those_who_may_read_each(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    admin.execute("CREATE TABLE ticket (id int, title text, readers text)")
    admin.execute(
        "INSERT INTO ticket VALUES (1, 'a', 'everyone'), (1, 'b', 'group:hr,group:it'),"
        " (1, 'c', 'group:it,user:ana'), (2, 'a', 'group:hr'), (2, 'b', NULL)"
    )
    listed = _list(open_sql(acl_column="readers", group_rows=True))
    assert listed.at("ticket/1.md").acl == ("group:it",)
    assert listed.at("ticket/2.md").acl == ()


# What it refuses


@pytest.mark.usefixtures("_tickets")
def test_address_on_a_private_network_is_refused(open_sql: Open) -> None:
    reference = _list(open_sql()).at("ticket/1.md")
    connector = open_sql(egress=EgressPolicy())
    with pytest.raises(AddressRefused):
        connector.check()
    with pytest.raises(AddressRefused):
        list(connector.discover(None))
    with pytest.raises(AddressRefused), connector.fetch(reference):
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory(EgressPolicy):
    """Knows one name, which no other directory does."""

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        assert host == "database.acme.test"
        # The first is nobody's, so the second must be tried.
        return ("127.0.0.2", "127.0.0.1")


@pytest.mark.usefixtures("_tickets")
def test_connection_goes_to_the_addresses_that_were_checked(
    server: PostgresServer, open_sql: Open
) -> None:
    url = server.url().replace("127.0.0.1", "database.acme.test")
    assert _list(open_sql(url=url, egress=_Directory())).paths == {"ticket/1.md", "ticket/2.md"}


@pytest.mark.usefixtures("_tickets")
@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ticket RETURNING id, title",
        "SELECT * FROM ticket; DELETE FROM ticket",
        "SELECT 1 AS id, '' AS title) AS a; COMMIT; DELETE FROM ticket; SELECT * FROM (SELECT 1",
        "SELECT * FROM ticket) AS vouch_rows; ROLLBACK; DELETE FROM ticket; --",
        "WITH gone AS (DELETE FROM ticket RETURNING *) SELECT * FROM gone",
        "SELECT id, title FROM wipe()",
        "SELECT lo_create(5)::int AS id, '' AS title",
    ],
)
def test_query_can_do_nothing_but_read(
    admin: psycopg.Connection[Any], open_sql: Open, query: str
) -> None:
    admin.execute(
        "CREATE FUNCTION wipe() RETURNS SETOF ticket LANGUAGE sql SECURITY DEFINER"
        " AS 'DELETE FROM ticket RETURNING *'"
    )
    connector = open_sql(query=query)
    with pytest.raises(SourceMisconfigured):
        connector.check()
    with pytest.raises(SourceMisconfigured):
        list(connector.discover(None))
    assert admin.execute("SELECT count(*) FROM ticket").fetchone() == (2,)


@pytest.mark.usefixtures("_tickets")
@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"table": "missing"}, SourceMisconfigured, '"missing" does not exist'),
        ({"table": "other.ticket"}, SourceMisconfigured, '"other.ticket" does not exist'),
        ({"query": "SELEKT 1"}, SourceMisconfigured, "syntax error"),
        ({"query": "SELECT 1/0 AS id, '' AS title"}, SourceMisconfigured, "division by zero"),
        ({"id_columns": ("key",)}, SourceMisconfigured, "no column key. There are: id, title"),
        ({"table": "secret"}, CredentialsRefused, "permission denied for table secret"),
        ({"query": "SELECT pg_sleep(9)::text id, '' title"}, SourceUnavailable, "took longer"),
        ({"query": "SELECT '{}'::json id, '' title"}, SourceMisconfigured, "operator"),
        ({"query": "SELECT ''::bytea id, '' title"}, SourceMisconfigured, "binary"),
    ],
)
def test_error_of_the_database_says_whose_it_is(
    admin: psycopg.Connection[Any],
    open_sql: Open,
    fields: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    admin.execute(f"CREATE TABLE secret (id int, title text); REVOKE ALL ON secret FROM {READER}")
    connector = open_sql(statement_timeout_s=0.3, **fields)
    with pytest.raises(error, match=message) as caught:
        connector.check()
    assert READER_PASSWORD not in str(caught.value)


@pytest.mark.usefixtures("_tickets")
@pytest.mark.parametrize("password", ["wrong", None])
def test_credentials_that_do_not_fit_are_refused_without_a_look_at_this_machines_own(
    open_sql: Open, monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    monkeypatch.setenv("PGPASSWORD", READER_PASSWORD)
    with pytest.raises(CredentialsRefused) as caught:
        open_sql(password=password).check()
    assert str(password) not in caught.value.detail


def test_missing_database_is_the_owners_to_correct(server: PostgresServer, open_sql: Open) -> None:
    with pytest.raises(SourceMisconfigured, match="check its name"):
        open_sql(url=server.url(database="missing")).check()


def test_server_without_tls_is_not_spoken_to_where_it_is_asked_for(
    server: PostgresServer, open_sql: Open
) -> None:
    url = server.url().replace("=disable", "=require")
    with pytest.raises(SourceMisconfigured, match="sslmode"):
        open_sql(url=url).check()


def test_nobody_at_the_address_is_a_source_that_is_unavailable(
    server: PostgresServer, open_sql: Open
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceUnavailable):
        open_sql(url=server.url(port=port)).check()


@pytest.mark.usefixtures("_tickets")
def test_connection_that_the_server_ends_is_replaced(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    connector = open_sql()
    reference = _list(connector).at("ticket/1.md")
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (READER,)
    )
    with pytest.raises(SourceUnavailable), connector.fetch(reference):
        pass
    with connector.fetch(reference) as file:
        assert file.read_text()


@pytest.mark.usefixtures("_tickets")
def test_closed_connector_leaves_no_session_behind(
    admin: psycopg.Connection[Any], open_sql: Open
) -> None:
    count = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
    connector = open_sql()
    _read(connector, "ticket/1.md")
    with closing(connector.discover(None)) as listing:  # type: ignore[type-var]
        next(listing)
        row = admin.execute(count, (READER,)).fetchone()
        assert row is not None
        assert 1 <= row[0] <= 2
    connector.close()
    for _ in range(100):
        if admin.execute(count, (READER,)).fetchone() == (0,):
            return
    pytest.fail("a session is still open")


@pytest.mark.usefixtures("_tickets")
def test_row_with_another_id_column_vanished(open_sql: Open) -> None:
    reference = _list(open_sql()).at("ticket/2.md")
    with pytest.raises(DocumentVanished), open_sql(id_columns=("title",)).fetch(reference):
        pass


@pytest.mark.usefixtures("_tickets")
def test_checkpoint_expires_with_the_cache_and_with_the_configuration(
    open_sql: Open, tmp_path: Path
) -> None:
    since = _list(open_sql()).checkpoint
    with pytest.raises(CheckpointExpired, match="configured"):
        list(open_sql(title_column=None).discover(since))
    for file in (tmp_path / "cache").rglob("*.sqlite3"):
        file.write_bytes(b"no database")
    with pytest.raises(CheckpointExpired, match="cache"):
        list(open_sql().discover(since))
