"""A client of the HTTP API: what the command line speaks, to this machine or to another."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx

from core.errors import ConfigurationError, RequestError
from core.settings import Settings, load_settings

_TIMEOUT_S = 120.0


class ApiProblem(RequestError):
    """The server refused; `detail` is what it said, `problem` the whole object."""

    def __init__(self, problem: dict[str, Any]) -> None:
        errors = "".join(f" {e['pointer']}: {e['detail']}" for e in problem.get("errors", []))
        super().__init__(f"{problem.get('detail', 'The server refused the request.')}{errors}")
        self.problem = problem


class NoServer(ConfigurationError):
    """Nothing answers at the URL."""

    title = "No server"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for all clients: reading the authorities' certificates takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a server is, and with which key and for whom to call it."""

    url: str
    api_key: str
    act_for: str | None = None

    def http_options(self) -> dict[str, Any]:
        """What an HTTP client of it is made with."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if self.act_for is not None:
            headers["X-Vouch-User"] = self.act_for
        # The environment's proxies are not for a server that is usually on this machine.
        return {
            "base_url": self.url,
            "headers": headers,
            "timeout": _TIMEOUT_S,
            "trust_env": False,
            "verify": _tls(),
        }

    def no_server(self, error: httpx.TransportError) -> NoServer:
        """What it means that a request failed in this way."""
        return NoServer(
            f"No server answers at {self.url}: {type(error).__name__}. Is `vouch up` running?"
        )


class VouchClient:
    """Calls the API with one key, for one user."""

    def __init__(self, url: str, *, api_key: str, act_for: str | None = None) -> None:
        self.connection = Connection(url=url, api_key=api_key, act_for=act_for)
        self._http = httpx.Client(**self.connection.http_options())

    def get(self, path: str, **params: str | int) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("POST", path, json=body or {})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("PUT", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Raises ApiProblem, NoServer."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Raises ApiProblem, NoServer."""
        self._call("DELETE", path)

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self.connection.no_server(error) from error
        return body_of(response)


def body_of(response: httpx.Response) -> Any:
    """Raises ApiProblem."""
    if response.is_error:
        raise ApiProblem(_problem(response))
    return response.json() if response.content else None


@contextmanager
def connected(*, act_for: str | None = None) -> Iterator[VouchClient]:
    """A client of VOUCH_URL, else of the `vouch up` on this data folder, else of a server that
    lives inside this command for as long as the block.

    Raises ConfigurationError.
    """
    url = os.environ.get("VOUCH_URL")
    if url:
        with _client(url, api_key=_require_key(), act_for=act_for) as client:
            yield client
        return
    settings = load_settings()
    url = _find_local_server(settings)
    if url:
        key = os.environ.get("VOUCH_API_KEY") or _admin_key(settings)
        with _client(url, api_key=key, act_for=act_for) as client:
            yield client
        return
    with _own_server(settings) as url:
        key = os.environ.get("VOUCH_API_KEY") or _admin_key(settings)
        with _client(url, api_key=key, act_for=act_for) as client:
            yield client


@contextmanager
def _client(url: str, *, api_key: str, act_for: str | None) -> Iterator[VouchClient]:
    client = VouchClient(url, api_key=api_key, act_for=act_for)
    try:
        yield client
    finally:
        client.close()


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


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"detail": f"The server answered {response.status_code} without saying why."}
