"""The catalog's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid4())


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite stores no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy declares it as a plain class attribute)
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
        list[str]: JSON(),
        str: Text(),
    }


def _enum(kind: type[StrEnum]) -> Enum:
    # Stored as text without a CHECK, so that a later release can add a value without a rebuild.
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class GenerationState(StrEnum):
    BUILDING = "building"
    ACTIVE = "active"
    RETIRED = "retired"


class Generation(Base):
    """One build of the index: an embedding model, a chunker, a collection.

    `reranker` is the one that an evaluation approved for it, `provider/model`; None: none was.
    """

    __tablename__ = "generations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    collection: Mapped[str] = mapped_column(unique=True)
    embedder: Mapped[str]
    dimension: Mapped[int]
    chunker: Mapped[str]
    reranker: Mapped[str | None]
    state: Mapped[GenerationState] = mapped_column(_enum(GenerationState))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Source(Base):
    """A registered place that documents come from. `acl` applies where the system says nothing.

    `checkpoint` is where the next listing of changes begins; None asks for a full one. A source
    that keeps failing is suspended: its schedule waits until `suspended_until`, people need not.
    Past `access_max_age_s` since `access_checked_at` its documents are shown to nobody, nor once
    its removal was requested.
    """

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    config: Mapped[dict[str, Any]]
    acl: Mapped[list[str]]
    sensitivity: Mapped[str]
    owner_name: Mapped[str]
    owner_contact: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    checkpoint: Mapped[str | None]
    schedule: Mapped[str | None]
    next_sync_at: Mapped[datetime | None] = mapped_column(index=True)
    sync_requested_by: Mapped[str | None]
    is_paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    groups_schedule: Mapped[str | None]
    next_groups_sync_at: Mapped[datetime | None] = mapped_column(index=True)
    allow_private_network: Mapped[bool] = mapped_column(default=False, server_default=false())
    max_requests_per_s: Mapped[float | None]
    max_concurrent_jobs: Mapped[int | None]
    access_max_age_s: Mapped[int | None]
    access_checked_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    suspended_until: Mapped[datetime | None]
    last_served_at: Mapped[datetime | None]
    removal_requested_by: Mapped[str | None]


class SourceCredentials(Base):
    """What a source's system asks for, encrypted: see `core.credentials`."""

    __tablename__ = "source_credentials"

    source_id: Mapped[str] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True
    )
    key_id: Mapped[str] = mapped_column(index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class DocumentState(StrEnum):
    PENDING = "pending"
    INDEXED = "indexed"
    FAILED = "failed"


class Document(Base):
    """The manifest: one item of a source, and which revision of it the index holds.

    `revision` is the last one seen, `indexed_revision` the one that search finds (None: none yet).
    A failed document keeps serving its last indexed revision. `acl` is what its chunks carry.
    A document with a parent shares its fate; one that `is_unpacked` was found inside its parent's
    file, and no listing names it. `removed_by_run_id` is the run to which the source's system said
    that the document is gone.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index(None, "source_id", "state"),
        Index(None, "source_id", "last_seen_run_id"),
        Index(None, "content_hash"),
        Index(None, "parent_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    path: Mapped[str]
    uri: Mapped[str]
    mime: Mapped[str | None]
    title: Mapped[str | None]
    size_bytes: Mapped[int | None]
    updated_at: Mapped[datetime | None]
    acl: Mapped[list[str]]
    revision: Mapped[str]
    state: Mapped[DocumentState] = mapped_column(_enum(DocumentState))
    indexed_revision: Mapped[str | None]
    content_hash: Mapped[str | None]
    text_version: Mapped[str | None]
    generation_id: Mapped[str | None] = mapped_column(ForeignKey("generations.id"))
    chunk_count: Mapped[int] = mapped_column(default=0)
    token_count: Mapped[int] = mapped_column(default=0)
    failure_code: Mapped[str | None]
    failure_detail: Mapped[str | None]
    failure_is_transient: Mapped[bool] = mapped_column(default=False)
    last_seen_run_id: Mapped[str | None] = mapped_column(String(36))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))
    is_unpacked: Mapped[bool] = mapped_column(default=False, server_default=false())
    removed_by_run_id: Mapped[str | None] = mapped_column(String(36))
    indexed_at: Mapped[datetime | None]


class RunState(StrEnum):
    QUEUED = "queued"
    LISTING = "listing"
    PROCESSING = "processing"
    AWAITING_APPROVAL = "awaiting_approval"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED_RUN_STATES = (RunState.QUEUED, RunState.LISTING, RunState.PROCESSING)


class RunScope(StrEnum):
    CHANGES = "changes"
    """What changed since the source's checkpoint, or everything where it has none."""
    EVERYTHING = "everything"
    FAILURES = "failures"
    """No listing: the documents whose last attempt failed, again."""


class SyncRun(Base):
    """One sync of a source, with what it has done so far. Counters count documents unless named.

    A listing that was cut short goes on from `milestone`. `coverage` is what the finished listing
    allows to conclude (see `connectors.contract.Coverage`), `next_checkpoint` what it ended with.
    """

    __tablename__ = "sync_runs"
    __table_args__ = (Index(None, "source_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    state: Mapped[RunState] = mapped_column(_enum(RunState))
    dry_run: Mapped[bool] = mapped_column(default=False)
    scope: Mapped[RunScope] = mapped_column(
        _enum(RunScope), default=RunScope.CHANGES, server_default=RunScope.CHANGES.value
    )
    requested_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    milestone: Mapped[str | None]
    coverage: Mapped[str | None]
    next_checkpoint: Mapped[str | None]
    seen: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    to_process: Mapped[int] = mapped_column(default=0)
    processed: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    access_changed: Mapped[int] = mapped_column(default=0)
    deleted: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    pending_deletions: Mapped[int] = mapped_column(default=0)
    deletions_approved_by: Mapped[str | None]
    bytes_fetched: Mapped[int] = mapped_column(default=0)
    chunks_embedded: Mapped[int] = mapped_column(default=0)
    chunks_reused: Mapped[int] = mapped_column(default=0)
    tokens_embedded: Mapped[int] = mapped_column(default=0)
    notices: Mapped[list[str]] = mapped_column(default=list)
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """A piece of work. The queue's message only says "look at job N"; this row is the truth."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "state", "not_before"),
        Index(None, "run_id", "state"),
        Index(None, "source_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    unique_key: Mapped[str] = mapped_column(unique=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("sync_runs.id", ondelete="CASCADE"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(_enum(JobState), default=JobState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=utc_now)
    lease_owner: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Role(StrEnum):
    READER = "reader"
    OWNER = "owner"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class ApiKey(Base):
    """A key by its hash; the key itself is shown once, when made, and stored nowhere."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str]
    role: Mapped[Role] = mapped_column(_enum(Role))
    user: Mapped[str]
    may_act_for_users: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class GroupMember(Base):
    """`origin` is the source whose system says so, or "admin" for what an admin set here."""

    __tablename__ = "group_members"

    group: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True, index=True)
    origin: Mapped[str] = mapped_column(primary_key=True, default="admin", server_default="admin")


class AssistantRecord(Base):
    """A named way to answer: see `core.assistants`. `acl` says who may use it, and nothing about
    what they may read. `source_ids` None means every source; a source that is gone stays in the
    list, so that the last one's end does not open all others.
    """

    __tablename__ = "assistants"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str]
    owner_name: Mapped[str]
    owner_contact: Mapped[str]
    acl: Mapped[list[str]]
    source_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    unsupported: Mapped[str]
    tier: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str]


class AnswerRecord(Base):
    """An answer that was given, kept so that people can judge it, and forgotten at `expires_at`.

    `earlier_questions` are what the asker said before. What was answered then is not kept again.
    `prompt` is the name and hash of the prompt that a model was given. `assistant` is the name of
    the one that was asked.
    `claim_count` is how many claims were delivered, 0 for an abstention; some may be gone by now.
    """

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    asker: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    question: Mapped[str]
    earlier_questions: Mapped[list[str]]
    claim_count: Mapped[int]
    model: Mapped[str]
    prompt: Mapped[str | None]
    assistant: Mapped[str] = mapped_column(default="vouch", server_default="vouch")


class RecordedClaim(Base):
    """A delivered claim of an answer; `position` counts from 0. `checks` is the verdict of each
    check by its name.
    """

    __tablename__ = "answer_claims"

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    verdict: Mapped[str] = mapped_column(default="supported", server_default="supported")
    checks: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")


class RecordedCitation(Base):
    """What a recorded claim quotes. It goes with its document; so must the claim."""

    __tablename__ = "answer_citations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["answer_id", "position"],
            ["answer_claims.answer_id", "answer_claims.position"],
            ondelete="CASCADE",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    answer_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int]
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    quote: Mapped[str]


class FeedbackVerdict(StrEnum):
    UP = "up"
    DOWN = "down"


class FeedbackReason(StrEnum):
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    OUTDATED = "outdated"
    WRONG_SOURCE = "wrong_source"
    NOT_ANSWERED = "not_answered"
    NOT_ANSWERABLE = "not_answerable"
    OTHER = "other"


class FeedbackState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class AnswerFeedback(Base):
    """What the asker thinks of an answer, and what a reviewer made of it.

    Once accepted it is an evaluation case, whose fields are those of `evaluation.sets.Question`;
    `expected_documents` and `case_gold` are ids of documents.
    """

    __tablename__ = "answer_feedback"
    __table_args__ = (Index(None, "state", "given_at"),)

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    verdict: Mapped[FeedbackVerdict] = mapped_column(_enum(FeedbackVerdict))
    reason: Mapped[FeedbackReason | None] = mapped_column(_enum(FeedbackReason))
    comment: Mapped[str]
    expected_answer: Mapped[str]
    expected_documents: Mapped[list[str]]
    given_at: Mapped[datetime] = mapped_column(default=utc_now)
    state: Mapped[FeedbackState] = mapped_column(_enum(FeedbackState), default=FeedbackState.OPEN)
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    case_type: Mapped[str | None]
    case_gold: Mapped[list[str]] = mapped_column(default=list)
    case_answer: Mapped[str] = mapped_column(default="")
    case_must_contain: Mapped[list[str]] = mapped_column(default=list)


class AuditEvent(Base):
    """What someone did, for later: deletions, approvals, keys. Ids and counts, never text."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
