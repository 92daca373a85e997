"""Starting a local model and knowing how to ask it."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
from pydantic import AnyHttpUrl, SecretStr

from core.settings import ModelTierSettings

_ROOT = Path(__file__).parents[2]
_THREADS = 2
_END_S = 20
_ASK_S = 30
_SHOWN_CHARS = 2000
# A prompt of 1,500 tokens is read for 40 seconds here, and for longer beside other work.
_PATIENCE_S = 240.0


class LocalModelFailed(Exception):
    """The file is not the one that was named, or cannot be served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A running server. `context_tokens` is what one request may take, prompt and reply."""

    url: str
    name: str
    api_key: str
    context_tokens: int

    def tier(self, **values: Any) -> ModelTierSettings:
        """Settings of a tier that is this model; patient, and asking once."""
        return ModelTierSettings(
            url=AnyHttpUrl(f"{self.url}/v1"),
            model=self.name,
            api_key=SecretStr(self.api_key),
            **{
                "timeout_s": _PATIENCE_S,
                "retries": 0,
                "context_tokens": self.context_tokens,
                **values,
            },
        )

    def busy_slots(self) -> int:
        """How many requests it is working on."""
        slots = self._get("slots").json()
        return sum(slot["is_processing"] for slot in slots)

    def _get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        reply = httpx.get(f"{self.url}/{path}", headers=headers, trust_env=False, timeout=_ASK_S)
        return reply.raise_for_status()


@contextmanager
def local_model(
    gguf: Path, *, sha256: str, context_tokens: int = 3072, slots: int = 1
) -> Iterator[LocalModel]:
    """Serves the file on the loopback interface until the end of the block, in a process of its
    own, behind a key that is made for it.

    Raises LocalModelFailed, before anything is loaded, for a file whose SHA-256 (in hexadecimal) is
    another, and for one that llama.cpp cannot serve.
    """
    check_sha256(gguf, sha256)
    key = secrets.token_urlsafe(16)
    wanted = {
        "gguf": str(gguf.resolve()),
        "name": gguf.stem,
        "api_key": key,
        "context_tokens": context_tokens,
        "slots": slots,
        "threads": _THREADS,
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.local_model.process"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdin is not None
        with process:
            try:
                process.stdin.write(json.dumps(wanted) + "\n")
                process.stdin.flush()
                model = LocalModel(
                    url=_address(process, log),
                    name=gguf.stem,
                    api_key=key,
                    context_tokens=context_tokens,
                )
                model._get("health")
                yield model
            finally:
                process.stdin.close()
                try:
                    process.wait(timeout=_END_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def check_sha256(gguf: Path, sha256: str) -> None:
    """Raises LocalModelFailed for a file that is missing or another one."""
    try:
        with gguf.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LocalModelFailed(f"{gguf} cannot be read: {error.strerror}.") from error
    if found != sha256.lower():
        raise LocalModelFailed(f"{gguf} is another file: its SHA-256 is {found}, not {sha256}.")


def _address(process: subprocess.Popen[str], log: IO[str]) -> str:
    assert process.stdout is not None
    # The library may print lines of its own.
    for line in process.stdout:
        if line.startswith('{"address"'):
            return str(json.loads(line)["address"])
    log.seek(0)
    raise LocalModelFailed(f"llama.cpp does not serve it: {log.read()[-_SHOWN_CHARS:]}")
