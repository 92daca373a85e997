"""A scripted model behind a real endpoint, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import AnyHttpUrl, SecretStr

from core.language_models.openai_like import OpenAILikeModel
from core.settings import ModelTierSettings
from tests.integration.server_process import running_process

_PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """Where it answers, what it was asked, and who hung up on it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def tier(self, model: str = "honest", **values: Any) -> ModelTierSettings:
        """Settings of a tier; patient, so that a busy machine is no failure, and asking once."""
        return ModelTierSettings(
            url=AnyHttpUrl(self.url),
            model=model,
            api_key=SecretStr("hunter2"),
            **{"timeout_s": 30.0, "retries": 0, "style": "markers", **values},
        )

    def model(self, kind: str, *, timeout_s: float = 30.0) -> OpenAILikeModel:
        """A client of it."""
        return OpenAILikeModel(
            url=self.url,
            model=kind,
            api_key=SecretStr("hunter2"),
            settings="VOUCH_MODELS__LARGE__",
            timeout_s=timeout_s,
        )

    def behave(self, kind: str | None) -> None:
        """What all models do from now on; None: what their names say."""
        self._post("behave", {"kind": kind})

    def go_on(self) -> None:
        """Let those that are `waiting` finish."""
        self._post("go-on", {})

    def asked(self) -> list[dict[str, Any]]:
        """The keys and bodies of all requests."""
        found: list[dict[str, Any]] = self._get("asked")
        return found

    def hung_up(self) -> list[str]:
        """The scripts whose reply was not waited for."""
        found: list[str] = self._get("hung-up")
        return found

    def wait_until_asked(self, count: int) -> None:
        """Until there were so many requests."""
        _wait(lambda: len(self.asked()) >= count, "nobody asked")

    def wait_until_hung_up(self, count: int) -> None:
        """Until so many have been hung up on."""
        _wait(lambda: len(self.hung_up()) >= count, "nobody hung up")

    def _post(self, path: str, body: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{self.port}/{path}"
        httpx.post(url, json=body, trust_env=False).raise_for_status()

    def _get(self, path: str) -> Any:
        return httpx.get(f"http://127.0.0.1:{self.port}/{path}", trust_env=False).json()


def _wait(is_done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_done():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    """Runs until the end of the `with` block."""
    with running_process("tests.integration.language_models.scripted_process") as port:
        yield ScriptedModel(port)
