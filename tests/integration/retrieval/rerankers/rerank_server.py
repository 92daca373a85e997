"""Starts the rerank server, and asks it what it was asked."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx


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
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("rerank_process.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(timeout=10)
