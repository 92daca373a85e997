"""Starts the rerank server, and asks it what it was asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.integration.server_process import running_process


@dataclass(frozen=True, slots=True)
class RerankServer:
    """The running server. `test` names the requests of one test."""

    port: int
    test: str = field(default_factory=lambda: uuid.uuid4().hex)

    def url(self, dialect: str, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.port}/{dialect}/{behaviour}/{self.test}"

    def asked(self) -> list[dict[str, Any]]:
        """Headers and bodies of this test's requests, oldest first."""
        url = f"http://127.0.0.1:{self.port}/asked/{self.test}"
        found: list[dict[str, Any]] = httpx.get(url, trust_env=False).json()
        return found


@contextmanager
def rerank_server() -> Iterator[int]:
    """The port of a server that runs inside the `with` block."""
    with running_process("tests.integration.retrieval.rerankers.rerank_process") as port:
        yield port
