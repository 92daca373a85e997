"""A website over a folder, in a process of its own: the tests measure a client's memory.

Run as a program it serves the folder that it is given until its input ends, and prints its port.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain",
    ".bin": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServer:
    """What it serves lies in `folder`."""

    url: str
    folder: Path

    def new_site(self, name: str) -> FolderSite:
        (self.folder / name).mkdir()
        return FolderSite(url=f"{self.url}/{quote(name)}/", folder=self.folder / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSite:
    """A folder whose pages list what is in them; `sitemap.xml` names all files below."""

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
def running_web_server(folder: Path) -> Iterator[WebServer]:
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield WebServer(url=f"http://127.0.0.1:{port}", folder=folder)
        finally:
            process.kill()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 5
    root = Path()

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        found = self.root / path.lstrip("/")
        if found.name == "sitemap.xml" and found.parent.is_dir():
            self._send(_sitemap(found.parent, self._address(path)).encode(), "application/xml")
        elif found.is_dir():
            self._send(_index(found).encode(), _TYPES[".html"])
        elif found.is_file():
            self._send_file(found)
        else:
            self._send(b"nothing", "text/plain", status=404)

    def _address(self, path: str) -> str:
        """As the client knows it: a proxy may stand between."""
        return f"http://{self.headers['Host']}{quote(path.rpartition('/')[0])}/"

    def _send_file(self, file: Path) -> None:
        modified_ns = file.stat().st_mtime_ns
        etag = f'"{modified_ns:x}-{file.stat().st_size:x}"'
        headers = {"ETag": etag, "Last-Modified": formatdate(modified_ns / 1e9, usegmt=True)}
        if self.headers.get("If-None-Match") == etag:
            self._send(b"", "", status=304, headers=headers)
        else:
            kind = _TYPES.get(file.suffix, "text/plain")
            self._send(file.read_bytes(), kind, headers=headers)

    def _send(
        self,
        body: bytes,
        kind: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""


def _index(folder: Path) -> str:
    names = sorted(f"{entry.name}{'/' if entry.is_dir() else ''}" for entry in folder.iterdir())
    links = "".join(f'<li><a href="{quote(f"./{name}")}">{escape(name)}</a>' for name in names)
    return f'<!doctype html><meta name="robots" content="noindex"><ul>{links}</ul>'


def _sitemap(folder: Path, address: str) -> str:
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    entries = "".join(f"<url><loc>{escape(address + quote(file))}</loc></url>" for file in files)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{entries}</urlset>'


def _main(folder: str) -> None:
    _Handler.root = Path(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.shutdown()
    thread.join()
    server.server_close()


if __name__ == "__main__":
    _main(sys.argv[1])
