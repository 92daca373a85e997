"""A real WebDAV server in the test's own process, over a folder."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cheroot.wsgi import Server
from pydantic import SecretStr
from wsgidav.wsgidav_app import WsgiDAVApp

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
    """For `ana`, with properties of one's own, such as an `oc:fileid`."""
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {"ana": {"password": "geheim"}}}},
            "http_authenticator": {"accept_digest": False, "default_to_digest": False},
            "property_manager": True,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    server = Server(("127.0.0.1", 0), app, numthreads=4)
    server.timeout = 2  # How long a connection is kept without a request.
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield WebdavServer(url=f"http://127.0.0.1:{server.bind_addr[1]}", folder=folder)
    finally:
        server.stop()
        thread.join()


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
