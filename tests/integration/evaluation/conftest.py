"""A chat server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr

from core.settings import JudgeSettings
from tests.integration.server_process import running_process


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Where it answers, and what it has been asked."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def settings(self, model: str, *, timeout_s: float = 30.0) -> JudgeSettings:
        return JudgeSettings(
            url=AnyHttpUrl(self.url),
            model=model,
            api_key=SecretStr("hunter2"),
            timeout_s=timeout_s,
        )

    def asked(self) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self.port}/asked"
        found: list[dict[str, Any]] = httpx.get(url, trust_env=False).json()
        return found


@pytest.fixture(scope="package")
def chat_server() -> Iterator[ChatServer]:
    with running_process("tests.integration.evaluation.chat_process") as port:
        yield ChatServer(port)
