"""A real WebDAV server over a folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from connectors.context import ConnectorContext
from connectors.egress import EgressPolicy
from connectors.webdav.config import WebdavCredentials

CREDENTIALS = WebdavCredentials(username="ana", password=SecretStr("geheim"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebdavServer:
    """What it serves lies in `folder`."""

    url: str
    folder: Path

    def new_collection(self, name: str) -> Collection:
        (self.folder / name).mkdir()
        return Collection(url=f"{self.url}/{quote(name)}/", folder=self.folder / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A folder of the server, changed behind its back as any other client would."""

    url: str
    folder: Path

    def put(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def delete(self, path: str) -> None:
        (self.folder / path).unlink()

    def rename(self, old: str, new: str) -> None:
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / old).rename(self.folder / new)

    def remove(self) -> None:
        shutil.rmtree(self.folder)


@contextmanager
def running_server(folder: Path) -> Iterator[WebdavServer]:
    """For the user of CREDENTIALS, with properties of one's own."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("webdav_process.py")), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield WebdavServer(url=f"http://127.0.0.1:{port}", folder=folder)
        finally:
            process.kill()


def context(
    folder: Path, *, timeout_s: float = 1.0, max_file_bytes: int | None = None
) -> ConnectorContext:
    """One that may connect to this machine, and is not patient."""
    return ConnectorContext(
        source_id="webdav",
        cache_dir=folder,
        egress=EgressPolicy(allow_private=True),
        timeout_s=timeout_s,
        max_file_bytes=max_file_bytes or 1024**2,
    )
