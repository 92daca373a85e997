"""Clients of the HTTP API: for programs and for the command line."""

from __future__ import annotations

from vouch.client.bodies import AnswerOptions, Filters, Message, Passage, SearchOptions
from vouch.client.connecting import connected
from vouch.client.errors import ApiProblem, NoServer
from vouch.client.server_events import ServerEvent
from vouch.client.synchronous import VouchClient

__all__ = [
    "AnswerOptions",
    "ApiProblem",
    "Filters",
    "Message",
    "NoServer",
    "Passage",
    "SearchOptions",
    "ServerEvent",
    "VouchClient",
    "connected",
]
