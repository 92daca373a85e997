"""The key endpoints' requests and responses."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field

from core.catalog.models import Role
from serving.schemas import RequestModel


class KeyRequest(RequestModel):
    """A key to make."""

    name: str = Field(min_length=1, max_length=200, examples=["chat UI"])
    role: Role
    user: str = Field(
        min_length=1,
        max_length=255,
        description="Whom the key acts for.",
        examples=["ana@acme.test"],
    )
    may_act_for_users: bool = Field(
        default=False, description="Whether X-Vouch-User may name another user."
    )
    expires_at: AwareDatetime | None = None


class IssuedKeyResponse(BaseModel):
    """A new key. This is the one time that `key` is shown."""

    id: str
    key: str


class KeyInfo(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="The key's first characters, to recognise it by.")
    role: Role
    user: str
    may_act_for_users: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


class CallerInfo(BaseModel):
    """Who the request's key acts for."""

    user: str
    groups: list[str]
    role: Role
