"""Assistants, and which one an answer is of

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.catalog.models import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assistants",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("owner_contact", sa.Text(), nullable=False),
        sa.Column("acl", sa.JSON(), nullable=False),
        sa.Column("source_ids", sa.JSON(), nullable=True),
        sa.Column("unsupported", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_assistants")),
    )
    # Before there were assistants, every answer was made by the defaults.
    op.add_column(
        "answers", sa.Column("assistant", sa.Text(), nullable=False, server_default="vouch")
    )
