"""The migrations and the models describe one schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.schema import SchemaItem

import core.catalog.database
from core.assistants import BUILT_IN_NAME
from core.catalog.database import Database
from core.catalog.models import AnswerRecord, Base, Document, Generation, GroupMember, Job, SyncRun


def _upgraded(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite3'}"
    database = Database(url)
    database.upgrade()
    database.upgrade()
    database.close()
    return url


def test_upgraded_schema_is_exactly_what_the_models_declare(tmp_path: Path) -> None:
    engine = create_engine(_upgraded(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _is_no_foreign_key}
        )
        assert compare_metadata(context, Base.metadata) == []
        # SQLite keeps no types to compare the hard way; at least no table is missing.
        assert set(Base.metadata.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


def test_upgraded_foreign_keys_are_those_that_the_models_declare(tmp_path: Path) -> None:
    upgraded, made = create_engine(_upgraded(tmp_path)), create_engine("sqlite://")
    with upgraded.connect() as connection, made.connect() as reference:
        Base.metadata.create_all(reference)
        assert _foreign_keys(connection) == _foreign_keys(reference)
        assert len(_foreign_keys(reference)) > 5
    upgraded.dispose()
    made.dispose()


def test_upgrade_from_the_first_release_keeps_every_row(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with database.write() as session:
        _upgrade_to(session.connection(), "0001")
        for statement in _ROWS_OF_0001:
            session.execute(text(statement))
    database.upgrade()
    with database.read() as session:
        assert session.scalars(select(Document.path)).all() == ["a.md"]
        assert session.scalars(select(SyncRun.coverage)).all() == ["everything"]
        assert session.scalars(select(Job.source_id)).all() == ["s"]
        generation = session.scalars(select(Generation)).one()
        assert (generation.chunker, generation.reranker) == ("structure/256", None)
        members = session.scalars(select(GroupMember)).all()
        assert [(row.group, row.user, row.origin) for row in members] == [("hr", "ben", "admin")]
    database.close()


def test_answers_from_before_there_were_assistants_are_the_built_in_ones(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with database.write() as session:
        _upgrade_to(session.connection(), "0006")
        session.execute(
            text(
                "INSERT INTO answers (id, asker, asked_at, expires_at, question, earlier_questions,"
                " claim_count, model) VALUES ('a', 'ana', '2026-01-01', '2026-02-01', 'q', '[]', 0,"
                " 'extractive')"
            )
        )
    database.upgrade()
    with database.read() as session:
        assert session.scalars(select(AnswerRecord.assistant)).all() == [BUILT_IN_NAME]
    database.close()


def test_migrations_form_one_line() -> None:
    folder = Path(core.catalog.database.__file__).parent / "migrations"
    script = ScriptDirectory(str(folder))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


_ROWS_OF_0001 = (
    "INSERT INTO sources (id, name, kind, config, acl, sensitivity, owner_name, owner_contact,"
    " created_by, created_at) VALUES ('s', 's', 'filesystem', '{}', '[]', 'internal', 'o', 'o@x',"
    " 'admin', '2026-01-01')",
    "INSERT INTO documents (id, source_id, external_id, path, uri, acl, revision, state,"
    " chunk_count, token_count, failure_is_transient) VALUES ('d', 's', 'a.md', 'a.md', 'file:',"
    " '[]', '1', 'indexed', 1, 1, 0)",
    "INSERT INTO sync_runs (id, source_id, state, dry_run, retry_failures, requested_by,"
    " created_at, listing_complete, seen, unchanged, to_process, processed, added, changed,"
    " access_changed, deleted, failed, pending_deletions, bytes_fetched, chunks_embedded,"
    " chunks_reused, tokens_embedded, notices) VALUES ('r', 's', 'succeeded', 0, 0, 'admin',"
    " '2026-01-01', 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, '[]')",
    "INSERT INTO jobs (id, unique_key, run_id, payload, state, attempts, not_before, created_at)"
    " VALUES ('j', 'k', 'r', '{}', 'done', 1, '2026-01-01', '2026-01-01')",
    "INSERT INTO group_members VALUES ('hr', 'ben')",
    "INSERT INTO generations (id, collection, embedder, dimension, chunker, state, created_at)"
    " VALUES ('g', 'chunks-g', 'e', 384, 'structure/256', 'active', '2026-01-01')",
)


def _upgrade_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(core.catalog.database.__file__).parent / "migrations")
    )
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _is_no_foreign_key(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, other: SchemaItem | None
) -> bool:
    """SQLAlchemy does not see all of a foreign key that SQLite was given with its column."""
    return kind != "foreign_key_constraint"


def _foreign_keys(connection: Connection) -> set[tuple[str, ...]]:
    """Table, column, target's table and column, and what a deletion does."""
    return {
        (table, row["from"], row["table"], row["to"], row["on_delete"])
        for table in Base.metadata.tables
        for row in connection.execute(text(f"PRAGMA foreign_key_list('{table}')")).mappings()
    }
