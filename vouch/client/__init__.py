"""Clients of the HTTP API: for programs, for LlamaIndex, and for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vouch.client.asynchronous import AsyncVouchClient
from vouch.client.bodies import AnswerOptions, Filters, Message, Passage, SearchOptions
from vouch.client.connecting import connected
from vouch.client.errors import ApiProblem, NoServer
from vouch.client.server_events import ServerEvent
from vouch.client.synchronous import VouchClient

if TYPE_CHECKING:
    from vouch.client.llama_index.query_engine import VouchQueryEngine
    from vouch.client.llama_index.retriever import VouchRetriever

__all__ = [
    "AnswerOptions",
    "ApiProblem",
    "AsyncVouchClient",
    "Filters",
    "Message",
    "NoServer",
    "Passage",
    "SearchOptions",
    "ServerEvent",
    "VouchClient",
    "VouchQueryEngine",
    "VouchRetriever",
    "connected",
]


def __getattr__(name: str) -> Any:
    """The classes for LlamaIndex, which takes seconds to import and which few need, when they are
    asked for.
    """
    if name not in ("VouchQueryEngine", "VouchRetriever"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from vouch.client.llama_index.query_engine import VouchQueryEngine
        from vouch.client.llama_index.retriever import VouchRetriever
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{name} needs LlamaIndex. Install it with: pip install 'vouch[llama-index]'"
        ) from error
    return VouchQueryEngine if name == "VouchQueryEngine" else VouchRetriever
