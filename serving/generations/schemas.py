"""The generation endpoints' request and response."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from serving.schemas import RequestModel


class RerankerApproval(RequestModel):
    """Which reranker an evaluation found to serve this generation well."""

    reranker: str | None = Field(
        max_length=1000,
        examples=["cross-encoder/models/ms-marco-MiniLM-L6-v2"],
        description="`provider/model`; null: none.",
    )
    run: str | None = Field(
        default=None, max_length=200, description="The evaluation's name, for the audit log."
    )


class GenerationInfo(BaseModel):
    """One build of the index, and what orders its hits."""

    id: str
    embedder: str
    chunker: str
    created_at: datetime
    approved_reranker: str | None
    reranker: str | None = Field(
        description="The one that serves. With the provider `auto` it is the one that was approved "
        "when the server started."
    )
