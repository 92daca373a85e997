"""The shared HTTP client against a real server: where it connects, what it follows and sends."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.context import ConnectorContext
from connectors.contract import (
    CredentialsRefused,
    FileTooLarge,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused
from connectors.http import retries
from connectors.http.answer import Answer
from connectors.http.client import USER_AGENT, HTTPClient
from tests.integration.connectors.http_server import HTTPWorld, Page, context, http_world

PUBLIC = "93.184.215.14"


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPWorld]:
    with http_world() as world:
        yield world


@pytest.fixture
def world(server: HTTPWorld, monkeypatch: pytest.MonkeyPatch) -> HTTPWorld:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
    server.reset()
    return server


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[HTTPWorld]:
    """Another origin."""
    with http_world() as world:
        yield world


@pytest.fixture
def open_client(world: HTTPWorld, tmp_path: Path) -> Iterator[Callable[..., HTTPClient]]:
    clients = []

    def make(given: ConnectorContext | None = None, **options: Any) -> HTTPClient:
        options.setdefault("allow_http", True)
        clients.append(HTTPClient(given or context(tmp_path), home=world.url, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def get(client: HTTPClient, url: str, *, max_bytes: int = 1024**2) -> bytes:
    def read(answer: Answer) -> bytes:
        answer.require_success()
        return answer.read(max_bytes=max_bytes)

    return client.ask("GET", url, handle=read)


def test_request_names_us_and_brings_no_cookie_back(
    world: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    world.answers["/"] = Page(b"x", headers={"Set-Cookie": "a=b"})
    client = open_client()
    assert get(client, f"{world.url}/") == get(client, f"{world.url}/") == b"x"
    assert world.asked[1].headers["User-Agent"] == USER_AGENT
    assert "Cookie" not in world.asked[1].headers


def test_proxy_and_netrc_of_the_environment_are_ignored(
    world: HTTPWorld,
    open_client: Callable[..., HTTPClient],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ana password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    world.answers["/"] = Page(b"x")
    assert get(open_client(), f"{world.url}/") == b"x"
    assert "Authorization" not in world.asked[0].headers


def test_private_address_is_refused(
    world: HTTPWorld, open_client: Callable[..., HTTPClient], tmp_path: Path
) -> None:
    client = open_client(context(tmp_path, allow_private=False))
    with pytest.raises(AddressRefused):
        get(client, f"{world.url}/")
    assert world.asked == []


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://[::1]/", "http://10.0.0.1/"])
def test_redirect_to_a_private_address_is_refused(
    world: HTTPWorld,
    open_client: Callable[..., HTTPClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    """The first address is taken for a public one; the second one is what it is."""
    from connectors import egress

    really_public = egress.is_public
    monkeypatch.setattr(egress, "is_public", lambda ip: ip == "127.0.0.1" or really_public(ip))
    world.redirect("/", target)
    with pytest.raises(AddressRefused):
        get(open_client(context(tmp_path, allow_private=False)), f"{world.url}/")
    assert world.targets == ["/"]


def test_connection_goes_to_the_checked_address_and_the_name_is_not_looked_up_again(
    world: HTTPWorld,
    open_client: Callable[..., HTTPClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that is public when it is checked, and private from then on."""
    answers = [PUBLIC]
    connected: list[object] = []
    really_resolve = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host == "rebind.test":
            host = answers.pop() if answers else "127.0.0.1"
        return really_resolve(host, port, *args, **options)

    def connect(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    client = open_client(context(tmp_path, allow_private=False))
    with pytest.raises(AddressRefused):  # By the second attempt, which asks anew.
        get(client, f"http://rebind.test:{world.port}/")
    assert connected == [(PUBLIC, world.port)]
    assert world.asked == []


def test_redirects_are_followed_to_the_tenth(
    world: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    for number in range(10):
        world.redirect(f"/{number}", f"{number + 1}")
    world.answers["/10"] = Page(b"found")
    assert get(open_client(), f"{world.url}/0") == b"found"
    world.redirect("/10", "/11")
    world.answers["/11"] = Page(b"too far")
    with pytest.raises(SourceMisconfigured, match="without an end"):
        get(open_client(), f"{world.url}/0")


def test_redirect_loop_ends(world: HTTPWorld, open_client: Callable[..., HTTPClient]) -> None:
    world.redirect("/a", "/b")
    world.redirect("/b", "/a")
    with pytest.raises(SourceMisconfigured, match="without an end"):
        get(open_client(), f"{world.url}/a")


@pytest.mark.parametrize(
    "location", ["ftp://acme.test/", "http://ana:geheim@acme.test/", "http://", "http://[", "//:0x"]
)
def test_redirect_to_where_nobody_should_go_is_not_followed(
    world: HTTPWorld, open_client: Callable[..., HTTPClient], location: str
) -> None:
    world.redirect("/", location)
    with pytest.raises(SourceMisconfigured) as caught:
        get(open_client(), f"{world.url}/")
    assert "geheim" not in str(caught.value)


def test_redirect_to_http_is_not_followed_unless_allowed(
    world: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    world.redirect("/", f"{world.url}/plain")
    with pytest.raises(SourceMisconfigured, match="allow_http"):
        get(open_client(allow_http=False), f"{world.url}/")


def test_credentials_go_to_their_own_origin_and_to_no_other(
    world: HTTPWorld, elsewhere: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    elsewhere.reset()
    elsewhere.answers["/"] = Page(b"theirs")
    world.redirect("/", "/own")
    world.redirect("/own", f"{elsewhere.url}/")
    client = open_client(authorization=SecretStr("Bearer geheim"))
    assert get(client, f"{world.url}/") == b"theirs"
    assert [asked.headers.get("Authorization") for asked in world.asked] == ["Bearer geheim"] * 2
    assert "Authorization" not in elsewhere.asked[0].headers


def test_method_and_body_survive_a_redirect(
    world: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    world.redirect("/a", "/b", 301)
    world.answers["/b"] = Page(b"found")
    content = open_client().ask(
        "PROPFIND",
        f"{world.url}/a",
        handle=lambda answer: answer.read(max_bytes=100),
        headers={"Depth": "1"},
        content=b"<x/>",
    )
    assert content == b"found"
    assert [(a.method, a.headers["Depth"], a.body) for a in world.asked] == [
        ("PROPFIND", "1", b"<x/>")
    ] * 2


def test_each_step_can_be_forbidden(
    world: HTTPWorld, open_client: Callable[..., HTTPClient]
) -> None:
    world.redirect("/", "/private")

    def forbid(url: str) -> None:
        if url.endswith("/private"):
            raise PermissionError

    with pytest.raises(PermissionError):
        open_client().ask("GET", f"{world.url}/", handle=lambda answer: None, before=forbid)
    assert world.targets == ["/"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SourceMisconfigured),
        (401, CredentialsRefused),
        (403, CredentialsRefused),
        (404, SourceMisconfigured),
        (408, SourceUnavailable),
        (410, SourceMisconfigured),
        (500, SourceUnavailable),
        (503, SourceUnavailable),
    ],
)
def test_status_decides_the_class_of_the_error(
    world: HTTPWorld,
    open_client: Callable[..., HTTPClient],
    status: int,
    error: type[Exception],
) -> None:
    world.answers["/"] = Page(b"secret body", status)
    with pytest.raises(error) as caught:
        get(open_client(), f"{world.url}/")
    assert type(caught.value) is error
    assert "secret body" not in str(caught.value)


def test_name_without_an_address_is_unavailable(
    open_client: Callable[..., HTTPClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(SourceUnavailable, match=r"nowhere\.test"):
        get(open_client(), "http://nowhere.test/")


def test_download_stops_at_the_limit(
    world: HTTPWorld, open_client: Callable[..., HTTPClient], tmp_path: Path
) -> None:
    world.answers["/"] = Page(b"x" * 11)
    client = open_client(context(tmp_path, max_file_bytes=10))
    with (
        pytest.raises(FileTooLarge),
        client.download(f"{world.url}/", require=Answer.require_success),
    ):
        pass
    world.answers["/"] = Page(b"x" * 10)
    with client.download(f"{world.url}/", require=Answer.require_success) as path:
        assert path.read_bytes() == b"x" * 10
    assert world.asked[0].headers["Accept-Encoding"] == "identity"
