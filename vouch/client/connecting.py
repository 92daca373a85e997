"""Which server the command line speaks to: one elsewhere, this folder's, or one of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from core.errors import ConfigurationError
from core.settings import Settings, load_settings
from vouch.client.synchronous import VouchClient


@contextmanager
def connected(*, act_for: str | None = None) -> Iterator[VouchClient]:
    """A client of VOUCH_URL, else of the `vouch up` on this data folder, else of a server that
    lives inside this command for as long as the block.

    Raises ConfigurationError.
    """
    url = os.environ.get("VOUCH_URL")
    if url:
        with VouchClient(url, api_key=_require_key(), act_for=act_for) as client:
            yield client
        return
    settings = load_settings()
    url = _find_local_server(settings)
    if url:
        key = os.environ.get("VOUCH_API_KEY") or _admin_key(settings)
        with VouchClient(url, api_key=key, act_for=act_for) as client:
            yield client
        return
    with _own_server(settings) as url:
        key = os.environ.get("VOUCH_API_KEY") or _admin_key(settings)
        with VouchClient(url, api_key=key, act_for=act_for) as client:
            yield client


@contextmanager
def _own_server(settings: Settings) -> Iterator[str]:
    # Imported here: the model's libraries take seconds that a client of a server does not need.
    from vouch.server import running_vouch

    server = settings.server.model_copy(update={"host": "127.0.0.1", "port": 0})
    with running_vouch(settings.model_copy(update={"server": server})) as (url, _):
        yield url


def _find_local_server(settings: Settings) -> str | None:
    """The URL that `vouch up` has left in the data folder, if something answers there."""
    try:
        url = str(json.loads((settings.data_dir / "server.json").read_text())["url"])
        httpx.get(f"{url}/health/live", timeout=5, trust_env=False).raise_for_status()
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return url


def _require_key() -> str:
    key = os.environ.get("VOUCH_API_KEY")
    if not key:
        raise ConfigurationError("VOUCH_URL is set without VOUCH_API_KEY. Set the key, too.")
    return key


def _admin_key(settings: Settings) -> str:
    path = settings.data_dir / "admin.key"
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(
            f"There is no key: set VOUCH_API_KEY, or restore {path}."
        ) from error
