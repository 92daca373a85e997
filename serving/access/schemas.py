"""The access endpoint's response."""

from __future__ import annotations

from pydantic import BaseModel, Field


class GrantInfo(BaseModel):
    """One of the user's access tokens, and where it comes from."""

    token: str = Field(examples=["group:hr"])
    origins: list[str] = Field(
        description="`itself` for the user and everyone; else `admin`, or the name of a source "
        "whose system says that the user is in the group.",
    )
    is_on_document: bool


class AccessExplanation(BaseModel):
    """Whether a user may read a document, and what that follows from."""

    may_read: bool
    reason: str = Field(
        examples=["ana@acme.test is in group:hr, which is on the document's access list."]
    )
    user: str
    document_id: str
    path: str
    source: str
    acl: list[str] = Field(description="The document's access list.")
    grants: list[GrantInfo] = Field(description="What the user holds.")
    is_source_stale: bool = Field(
        description="Whether the source's access lists are older than its bound, so that nobody "
        "may read its documents."
    )
    is_indexed: bool
