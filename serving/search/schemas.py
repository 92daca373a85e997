"""The search endpoint's request and response."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.schemas import DocumentInfo, Filters, Message, RequestModel, UnderstoodInfo


class SearchRequest(RequestModel):
    """What to look for, and where."""

    query: str = Field(min_length=1, examples=["How many days of leave do I get?"])
    history: list[Message] = Field(
        default=[], max_length=50, description="What a follow-up leans on, oldest first."
    )
    top_k: int | None = Field(
        default=None,
        ge=1,
        le=200,
        description="How many passages; the setting's number if left out.",
    )
    filters: Filters = Filters()
    understand: bool = Field(
        default=True,
        description="Read follow-ups, parts, acronyms and named documents out of the question; "
        "false searches for it as it is.",
    )
    explain: bool = Field(
        default=False,
        description="Show how the question was understood, and what each retriever gave.",
    )
    distinct_documents: bool = Field(
        default=False,
        description="One hit a document, its best passage; `top_k` then counts documents. With a "
        "reranker only those among its candidates.",
    )


class BatchRequest(RequestModel):
    """Searches that have nothing to do with one another, for one caller."""

    searches: list[SearchRequest] = Field(
        min_length=1, description="As many as the setting allows, 256 by default."
    )


class PassageInfo(BaseModel):
    """A passage. Offsets are in characters of the document's normalised text, from 0."""

    chunk_id: str
    text: str
    start: int
    end: int
    page: int | None
    language: str | None = Field(description="ISO 639-1; null where it cannot be told.")
    heading_path: list[str]


class RetrieverScoreInfo(BaseModel):
    """Where one retriever put the passage: rank from 1, score on its own scale."""

    rank: int
    score: float


class SearchHit(BaseModel):
    """One passage found; scores compare only within one response."""

    rank: int
    score: float
    passage: PassageInfo
    document: DocumentInfo
    also_in: list[DocumentInfo] = Field(
        description="Other documents, among those that the caller may read, with the same passage."
    )
    explain: dict[str, RetrieverScoreInfo] | None = Field(
        default=None,
        description="By retriever (`dense`, `sparse`, `tokens`); with a reranker also `fusion` and "
        "`rerank`. Null unless asked for.",
    )


class SearchResponse(BaseModel):
    """Passages that the caller may read, best first."""

    hits: list[SearchHit]
    understood: UnderstoodInfo | None = Field(
        description="How the question was understood. Null unless an explanation was asked for."
    )
    timings_s: dict[str, float] = Field(description="Seconds by stage.")
    degraded: list[str] = Field(
        description="What was given up to answer at all, such as `rerank`; empty: nothing."
    )


class BatchResponse(BaseModel):
    """What `/v1/search` gives for each, in the order of the request."""

    results: list[SearchResponse]
