"""Serving the composition over HTTP: in the foreground, or in a thread of a short command."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from core.catalog.models import Role
from core.errors import TransientError
from core.identity import Identity
from core.settings import Settings
from serving.app import create_app
from serving.services import Services
from vouch.embedded import Embedded

ADMIN_KEY_FILE = "admin.key"
SERVER_FILE = "server.json"
ADMIN_USER = "admin"

_START_TIMEOUT_S = 30.0


class ServerDidNotStart(TransientError):
    """The HTTP server could not open its port."""

    title = "Server did not start"


def ensure_admin_key(identity: Identity, data_dir: Path) -> str | None:
    """Make the first admin key, where there is no key at all, and keep it in the data folder.

    Returns the key when it was made now: the one time that it may be shown.
    """
    if identity.has_keys():
        return None
    issued = identity.issue_key(
        name="first admin",
        role=Role.ADMIN,
        user=ADMIN_USER,
        may_act_for_users=True,
        actor="vouch up",
    )
    descriptor = os.open(data_dir / ADMIN_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(issued.secret)
    return issued.secret


@contextmanager
def background_server(services: Services, *, host: str, port: int) -> Iterator[str]:
    """Serve from a thread until the block ends; yields the URL, once it answers.

    Raises ServerDidNotStart.
    """
    server = uvicorn.Server(_config(services, host, port))
    # Signals are the main thread's, and so are the handlers that uvicorn would install.
    thread = threading.Thread(target=server.run, name="http", daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ServerDidNotStart(
                f"The server could not listen on {host}:{port}. Is the port in use? "
                "Set VOUCH_SERVER__PORT to another one."
            )
        time.sleep(0.01)
    actual_port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{host}:{actual_port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def running_vouch(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Everything, served on the configured port: yields the URL and a newly made admin key."""
    with _paused_garbage_collection():
        embedded = Embedded(settings)
    with embedded:
        new_key = ensure_admin_key(embedded.services.identity, settings.data_dir)
        with background_server(
            embedded.services, host=settings.server.host, port=settings.server.port
        ) as url:
            yield url, new_key


@contextmanager
def announced(data_dir: Path, url: str) -> Iterator[None]:
    """Let commands that start meanwhile find this server."""
    path = data_dir / SERVER_FILE
    path.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _paused_garbage_collection() -> Iterator[None]:
    """For the start, whose imports make millions of objects that stay: looking through them for
    garbage, again and again, takes a fifth of the time. Nor is it worth while later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _config(services: Services, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(services),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        # Clients keep idle connections for five seconds, httpx among them, and proxies for sixty: a
        # server that ends one at the moment in which the next request comes leaves it unanswered.
        timeout_keep_alive=75,
        # Long enough for an answer under way, short enough that a stop is a stop.
        timeout_graceful_shutdown=10,
    )
