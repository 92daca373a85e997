"""Where a connector may connect to."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pytest_socket import enable_socket

from connectors.egress import AddressRefused, EgressPolicy, HostNotFound, is_public

_PUBLIC = "93.184.216.34"


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[Any, ...]]:
    """Let every name resolve to these. Returns the connections that are attempted."""
    attempts: list[tuple[Any, ...]] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    def create_connection(address: tuple[str, int], timeout: float) -> str:
        attempts.append((*address, timeout))
        if len(attempts) < len(addresses):
            raise ConnectionRefusedError
        return "connected"

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    return attempts


@pytest.mark.parametrize(
    "address", [_PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "198.18.0.1",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "::127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b:1::1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
    ],
)
def test_address_of_this_machine_its_network_or_its_cloud_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_every_checked_address_is_given_once_in_the_systems_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers(monkeypatch, _PUBLIC, "8.8.8.8", _PUBLIC)
    assert EgressPolicy().resolve("files.acme.test", 443) == (_PUBLIC, "8.8.8.8")


def test_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, _PUBLIC, "10.0.0.1")
    with pytest.raises(AddressRefused, match="allow_private_network") as caught:
        EgressPolicy().resolve("files.acme.test", 443)
    assert "10.0.0.1" not in caught.value.detail
    assert "10.0.0.1" in (caught.value.operator_detail or "")


def test_nothing_is_connected_to_after_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = answers(monkeypatch, "169.254.169.254")
    with pytest.raises(AddressRefused):
        EgressPolicy().connect("metadata.acme.test", 80, timeout_s=1)
    assert attempts == []


def test_private_address_is_allowed_where_an_admin_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "10.0.0.1")
    assert EgressPolicy(allow_private=True).resolve("files.acme.test", 443) == ("10.0.0.1",)


def test_connection_goes_to_the_checked_addresses_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = answers(monkeypatch, _PUBLIC, "8.8.8.8")
    assert EgressPolicy().connect("files.acme.test", 443, timeout_s=7) == "connected"  # type: ignore[comparison-overlap]
    assert attempts == [(_PUBLIC, 443, 7), ("8.8.8.8", 443, 7)]


def test_last_failure_to_connect_is_the_one_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, _PUBLIC, "8.8.8.8")

    def refuse(address: tuple[str, int], timeout: float) -> None:
        raise ConnectionRefusedError(address[0])

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ConnectionRefusedError, match=r"8\.8\.8\.8"):
        EgressPolicy().connect("files.acme.test", 443, timeout_s=1)


@pytest.fixture
def resolver(_no_sockets: None) -> None:
    """The system's own: these names and numbers need no network."""
    enable_socket()


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost"])
def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        EgressPolicy().resolve(host, 80)


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test", "\udcff.test"])
def test_name_that_is_none_is_not_found(host: str) -> None:
    with pytest.raises(HostNotFound):
        EgressPolicy().resolve(host, 80)
