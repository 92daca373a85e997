"""The migrations and the models describe one schema."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import core.catalog.database
from core.catalog.database import Database
from core.catalog.models import Base


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
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        # SQLite keeps no types to compare the hard way; at least no table is missing.
        assert set(Base.metadata.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


def test_migrations_form_one_line() -> None:
    folder = Path(core.catalog.database.__file__).parent / "migrations"
    script = ScriptDirectory(str(folder))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
