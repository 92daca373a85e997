"""The group endpoints' request and response."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.schemas import RequestModel


class GroupRequest(RequestModel):
    """The group's members, all of them."""

    users: list[str] = Field(max_length=100_000, examples=[["ben@acme.test"]])


class GroupInfo(BaseModel):
    name: str
    users: list[str]
