"""Answers say which prompt they were made with, and claims what each check found

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("prompt", sa.Text(), nullable=True))
    # Of answers that were given before, nothing is known: no claim was delivered unsupported then.
    op.add_column(
        "answer_claims",
        sa.Column("verdict", sa.Text(), nullable=False, server_default="supported"),
    )
    op.add_column(
        "answer_claims", sa.Column("checks", sa.JSON(), nullable=False, server_default="{}")
    )
