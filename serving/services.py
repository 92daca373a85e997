"""What the endpoints work with, built once by the composition."""

from __future__ import annotations

from dataclasses import dataclass

from core.answers import AnswerStore
from core.assistants import AssistantStore
from core.catalog.database import Database
from core.credentials import CredentialStore
from core.feedback import FeedbackStore
from core.identity import Identity
from core.removal import SourceRemover
from core.runs import RunStore
from core.sources import SourceStore
from retrieval.index.contract import VectorIndex
from serving.answer.recording import AnswerRecorder
from serving.answer.runner import AnswerRunner
from serving.check.service import CheckService
from serving.documents.service import DocumentService
from serving.search.service import SearchService
from serving.uploads.service import UploadService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    database: Database
    index: VectorIndex
    identity: Identity
    sources: SourceStore
    credentials: CredentialStore
    runs: RunStore
    remover: SourceRemover
    documents: DocumentService
    checks: CheckService
    uploads: UploadService
    search: SearchService
    assistants: AssistantStore
    runner: AnswerRunner
    answers: AnswerStore
    recorder: AnswerRecorder
    feedback: FeedbackStore
    reranker: str | None
    """The one that serves, `provider/model`."""
    mcp_origins: tuple[str, ...] = ()
    """Of the web pages that may speak MCP, such as `https://chat.acme.test`."""
