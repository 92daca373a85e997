"""Answers are kept for a while, with what people think of them

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.catalog.models import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_answers()
    _create_feedback()


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("earlier_questions", sa.JSON(), nullable=False),
        sa.Column("claim_count", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_expires_at"), "answers", ["expires_at"])
    op.create_table(
        "answer_claims",
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answers.id"],
            name=op.f("fk_answer_claims_answer_id_answers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", "position", name=op.f("pk_answer_claims")),
    )
    op.create_table(
        "answer_citations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id", "position"],
            ["answer_claims.answer_id", "answer_claims.position"],
            name=op.f("fk_answer_citations_answer_id_position_answer_claims"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_answer_citations_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_citations")),
    )
    op.create_index(op.f("ix_answer_citations_answer_id"), "answer_citations", ["answer_id"])
    op.create_index(op.f("ix_answer_citations_document_id"), "answer_citations", ["document_id"])


def _create_feedback() -> None:
    verdict = sa.Enum("up", "down", name="feedbackverdict", native_enum=False, length=32)
    reason = sa.Enum(
        "wrong",
        "incomplete",
        "outdated",
        "wrong_source",
        "not_answered",
        "not_answerable",
        "other",
        name="feedbackreason",
        native_enum=False,
        length=32,
    )
    state = sa.Enum(
        "open", "accepted", "dismissed", name="feedbackstate", native_enum=False, length=32
    )
    op.create_table(
        "answer_feedback",
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("verdict", verdict, nullable=False),
        sa.Column("reason", reason, nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("expected_answer", sa.Text(), nullable=False),
        sa.Column("expected_documents", sa.JSON(), nullable=False),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("case_type", sa.Text(), nullable=True),
        sa.Column("case_gold", sa.JSON(), nullable=False),
        sa.Column("case_answer", sa.Text(), nullable=False),
        sa.Column("case_must_contain", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answers.id"],
            name=op.f("fk_answer_feedback_answer_id_answers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_feedback")),
    )
    op.create_index(
        op.f("ix_answer_feedback_state_given_at"), "answer_feedback", ["state", "given_at"]
    )
