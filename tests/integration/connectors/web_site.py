"""A website over a folder, in a process of its own: the tests measure a client's memory.

Run as a program it prints its port, and serves the folder that the last line of its input names.
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
class FolderSite:
    """Its pages list what is in each folder; `sitemap.xml` names all files below."""

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


class WebServer:
    """Serves one site at a time: each wants to be at the root."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._url = f"http://127.0.0.1:{int(self._ask())}/"

    def new_site(self, folder: Path) -> FolderSite:
        folder.mkdir()
        self._ask(str(folder))
        return FolderSite(url=self._url, folder=folder)

    def _ask(self, line: str | None = None) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if line is not None:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def running_web_server() -> Iterator[WebServer]:
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield WebServer(process)
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is not worth a traceback on the terminal."""


def _index(folder: Path) -> str:
    names = sorted(f"{entry.name}{'/' if entry.is_dir() else ''}" for entry in folder.iterdir())
    links = "".join(f'<li><a href="{quote(f"./{name}")}">{escape(name)}</a>' for name in names)
    return f'<!doctype html><meta name="robots" content="noindex"><ul>{links}</ul>'


def _sitemap(folder: Path, address: str) -> str:
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    entries = "".join(f"<url><loc>{escape(address + quote(file))}</loc></url>" for file in files)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{entries}</urlset>'


def _main() -> None:
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        _Handler.root = Path(line.rstrip("\n"))
        print("serving", flush=True)


if __name__ == "__main__":
    _main()
