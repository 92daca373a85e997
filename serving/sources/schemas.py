"""The source endpoints' requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from core.catalog.models import RunScope, RunState
from serving.schemas import Owner, RequestModel

_Schedule = Annotated[str, Field(max_length=100, examples=["every 15m", "30 2 * * *"])]


class SyncSettings(RequestModel):
    """How a source is synced. None, where it is allowed, takes a setting back."""

    schedule: _Schedule | None = Field(
        default=None, description="'every 15m', or five fields of cron in UTC; None: on request."
    )
    groups_schedule: _Schedule | None = Field(
        default=None, description="When to ask the system who is in which group. Needs an admin."
    )
    max_requests_per_s: float | None = Field(
        default=None, gt=0, le=1000, description="None: what suits the kind of system."
    )
    max_concurrent_jobs: int | None = Field(
        default=None, ge=1, le=64, description="None: what suits the kind of system."
    )
    access_max_age_s: int | None = Field(
        default=None,
        ge=60,
        description="Past this age of its access lists, nobody finds the source's documents.",
    )
    allow_private_network: bool = Field(
        default=False, description="Let it connect to private addresses. Needs an admin."
    )


class SourceRequest(RequestModel):
    """A source to register."""

    name: str = Field(min_length=1, max_length=200, examples=["handbook"])
    kind: str = Field(examples=["filesystem"])
    config: dict[str, Any] = Field(examples=[{"root": "/srv/handbook"}])
    acl: list[str] = Field(
        default=[],
        max_length=1000,
        description="Who may read documents of which the system does not say it. Empty: nobody.",
        examples=[["everyone"], ["group:hr", "user:ana@acme.test"]],
    )
    sensitivity: Literal["public", "internal", "confidential", "restricted"] = "internal"
    owner: Owner
    credentials: dict[str, Any] | None = Field(
        default=None, description="Stored encrypted, and never shown again."
    )
    sync: SyncSettings = SyncSettings()


class SourceUpdate(RequestModel):
    """What to change of a source; what is left out stays. The next sync applies it."""

    config: dict[str, Any] | None = None
    acl: list[str] | None = Field(default=None, max_length=1000)
    owner: Owner | None = None
    credentials: dict[str, Any] | None = None
    sync: SyncSettings | None = None


class SourceInfo(BaseModel):
    """A registered source."""

    id: str
    name: str
    kind: str
    config: dict[str, Any]
    acl: list[str]
    sensitivity: str
    owner: Owner
    created_at: datetime
    sync: SyncSettings
    is_paused: bool
    is_being_removed: bool
    next_sync_at: datetime | None
    suspended_until: datetime | None = Field(
        description="Its schedule waits until then, because it kept failing."
    )
    consecutive_failures: int
    access_checked_at: datetime | None = Field(description="How old its access lists are.")


class SourceKind(BaseModel):
    """A kind of source that is installed."""

    kind: str
    needs: str | None = Field(description="What to install before it can be used, if anything.")
    lists_changes: bool = Field(description="Whether a sync costs what changed, not all there is.")
    reports_access: bool = Field(description="Whether its system says who may read what.")
    needs_admin: bool = Field(description="Whether only an admin may register one.")
    config_schema: dict[str, Any] | None
    credentials_schema: dict[str, Any] | None


class SyncRequest(RequestModel):
    """How to sync."""

    dry_run: bool = Field(default=False, description="List and compare; change nothing.")
    scope: RunScope = Field(
        default=RunScope.CHANGES,
        description="`changes` since the last sync; `everything`, as if it were the first; "
        "`failures`: only documents that failed, without listing.",
    )


class RunInfo(BaseModel):
    """A sync run. Counters count documents unless their name says otherwise."""

    id: str
    source_id: str
    state: RunState
    dry_run: bool
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    scope: RunScope
    coverage: str | None = Field(
        description="What the listing named: `everything`, `changes`, `partial`; null before."
    )
    seen: int
    unchanged: int
    to_process: int = Field(description="Documents that this run set out to read.")
    processed: int = Field(description="How many of those it is done with.")
    added: int
    changed: int
    access_changed: int
    deleted: int
    failed: int
    pending_deletions: int = Field(description="Deletions that wait for approval.")
    bytes_fetched: int
    chunks_embedded: int
    chunks_reused: int = Field(description="Chunks whose vectors the index already held.")
    tokens_embedded: int
    notices: list[str] = Field(description="Up to 100: parts that failed; a dry run's differences.")
    error_code: str | None
    error_detail: str | None
    seconds_left: float | None = Field(
        default=None, description="An estimate, at the run's pace so far; null if not under way."
    )


class FailureInfo(BaseModel):
    """A document whose last attempt failed."""

    document_id: str
    path: str
    code: str
    detail: str
    is_transient: bool = Field(description="Whether the next sync tries it again by itself.")
    still_served: bool = Field(description="Whether an older revision is still searchable.")


class FailurePage(BaseModel):
    """One page of failures."""

    total: int
    failures: list[FailureInfo]
