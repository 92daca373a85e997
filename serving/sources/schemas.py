"""The source endpoints' requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from core.catalog.models import RunState
from serving.schemas import RequestModel


class Owner(RequestModel):
    """The person or team who answers for the source."""

    name: str = Field(min_length=1, max_length=200, examples=["People team"])
    contact: str = Field(min_length=3, max_length=320, examples=["people@acme.test"])


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


class SourceUpdate(RequestModel):
    """What to change of a source; what is left out stays. The next sync applies it."""

    config: dict[str, Any] | None = None
    acl: list[str] | None = Field(default=None, max_length=1000)
    owner: Owner | None = None


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


class SyncRequest(RequestModel):
    """How to sync."""

    dry_run: bool = Field(default=False, description="List and compare; change nothing.")
    retry_failures: bool = Field(
        default=False, description="Also try documents again that failed and have not changed."
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
    listing_complete: bool
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
