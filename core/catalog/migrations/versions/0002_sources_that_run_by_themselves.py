"""Sources that run by themselves: schedules, checkpoints, credentials, children, fair share

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.catalog.models import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# No batch mode: on SQLite it makes a table anew and drops the old one, and the drop would take
# every row along that refers to it.


def upgrade() -> None:
    _extend_sources()
    _extend_documents()
    _extend_runs_and_jobs()
    _add_origin_to_group_members()
    op.create_table(
        "source_credentials",
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_source_credentials_source_id_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_credentials")),
    )
    op.create_index(op.f("ix_source_credentials_key_id"), "source_credentials", ["key_id"])


def _extend_sources() -> None:
    for column in (
        sa.Column("checkpoint", sa.Text(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("next_sync_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("sync_requested_by", sa.Text(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("groups_schedule", sa.Text(), nullable=True),
        sa.Column("next_groups_sync_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("allow_private_network", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("max_requests_per_s", sa.Double(), nullable=True),
        sa.Column("max_concurrent_jobs", sa.Integer(), nullable=True),
        sa.Column("access_max_age_s", sa.Integer(), nullable=True),
        sa.Column("access_checked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("consecutive_failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("suspended_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_served_at", UtcDateTime(timezone=True), nullable=True),
    ):
        op.add_column("sources", column)
    op.create_index(op.f("ix_sources_next_sync_at"), "sources", ["next_sync_at"])
    op.create_index(op.f("ix_sources_next_groups_sync_at"), "sources", ["next_groups_sync_at"])


def _extend_documents() -> None:
    _add_reference("documents", "parent_id", target="documents", ondelete="SET NULL")
    op.add_column(
        "documents",
        sa.Column("is_unpacked", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("documents", sa.Column("removed_by_run_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_documents_parent_id"), "documents", ["parent_id"])


def _extend_runs_and_jobs() -> None:
    scope = sa.Enum(
        "changes", "everything", "failures", name="runscope", native_enum=False, length=32
    )
    op.add_column("sync_runs", sa.Column("scope", scope, nullable=False, server_default="changes"))
    for name in ("milestone", "coverage", "next_checkpoint"):
        op.add_column("sync_runs", sa.Column(name, sa.Text(), nullable=True))
    op.execute("UPDATE sync_runs SET coverage = 'everything' WHERE listing_complete")
    op.drop_column("sync_runs", "listing_complete")
    op.drop_column("sync_runs", "retry_failures")
    _add_reference("jobs", "source_id", target="sources", ondelete="CASCADE")
    op.execute(
        "UPDATE jobs SET source_id = "
        "(SELECT source_id FROM sync_runs WHERE sync_runs.id = jobs.run_id)"
    )
    op.create_index(op.f("ix_jobs_source_id_state"), "jobs", ["source_id", "state"])


def _add_reference(table: str, column: str, *, target: str, ondelete: str) -> None:
    """In SQL that SQLite and PostgreSQL both take: Alembic loses the name on SQLite."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(36) "
        f"CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id) ON DELETE {ondelete}"
    )


def _add_origin_to_group_members() -> None:
    op.rename_table("group_members", "group_members_before")
    op.drop_index(op.f("ix_group_members_user"), "group_members_before")
    op.create_table(
        "group_members",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, server_default="admin"),
        # PostgreSQL keeps the old table's constraint under its name until that table is dropped.
        sa.PrimaryKeyConstraint("group", "user", "origin", name="pk_group_members_origin"),
    )
    op.execute(
        'INSERT INTO group_members ("group", "user") '
        'SELECT "group", "user" FROM group_members_before'
    )
    op.drop_table("group_members_before")
    op.create_index(op.f("ix_group_members_user"), "group_members", ["user"])
