"""How the IMAP connector reaches its server, logs in, and what it never gives away."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.conformance.fault_proxy import TcpFaultProxy
from connectors.conformance.faults import Fault
from connectors.context import ConnectorContext
from connectors.contract import (
    CredentialsRefused,
    DocumentRef,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused, EgressPolicy
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.connector import ImapConnector
from tests.integration.connectors.imap_mailbox import content, listed, logged_in, mail
from tests.integration.connectors.imap_relays import (
    localhost_certificate,
    relay,
    scripted_server,
)
from tests.integration.connectors.imap_servers import (
    BUSY_USER,
    PASSWORD,
    TOKEN,
    MailServer,
    dovecot_server,
)

_THREAD = DocumentRef(external_id="0" * 32, revision="1", path="a", uri="mid:a")


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    with dovecot_server() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return localhost_certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def opened(
    port: int,
    folder: Path,
    *,
    host: str = "localhost",
    tls: str = "none",
    allow_private: bool = True,
    timeout_s: float = 2,
    **credentials: Any,
) -> Iterator[ImapConnector]:
    given = {"username": "ana", "password": SecretStr(PASSWORD), **credentials}
    connector = ImapConnector.open(
        ImapConfig.model_validate(
            {"host": host, "port": port, "tls": tls, "allow_plain": tls == "none"}
        ),
        ImapCredentials(**given),
        ConnectorContext(
            source_id="source",
            cache_dir=folder,
            egress=EgressPolicy(allow_private=allow_private),
            timeout_s=timeout_s,
        ),
    )
    try:
        yield connector
    finally:
        connector.close()


@pytest.mark.parametrize("by_command", [False, True])
def test_tls_with_a_certificate_that_is_known(
    dovecot: MailServer,
    certificate: tuple[ssl.SSLContext, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_command: bool,
) -> None:
    context, file = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with logged_in(dovecot.port, f"tls-{by_command}", dovecot.mail) as mailbox:
        mailbox.put(mail("1@acme.test"))
    tls = "starttls" if by_command else "implicit"
    with (
        relay(dovecot.port, tls=context, by_command=by_command) as between,
        opened(between.port, tmp_path, tls=tls, username=f"tls-{by_command}") as source,
    ):
        (thread,) = listed(source).threads.values()
        assert b"a text" in content(source, thread)


@pytest.mark.parametrize("by_command", [False, True])
def test_a_certificate_that_nobody_knows_is_refused_before_the_login(
    dovecot: MailServer,
    certificate: tuple[ssl.SSLContext, Path],
    tmp_path: Path,
    by_command: bool,
) -> None:
    tls = "starttls" if by_command else "implicit"
    with (
        relay(dovecot.port, tls=certificate[0], by_command=by_command) as between,
        opened(between.port, tmp_path, tls=tls) as source,
    ):
        with pytest.raises(SourceMisconfigured, match="certificate is not valid"):
            source.check()
        assert not {"LOGIN", "AUTHENTICATE"}.intersection(between.commands())


def test_a_certificate_for_another_name_is_refused(
    dovecot: MailServer,
    certificate: tuple[ssl.SSLContext, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    with (
        relay(dovecot.port, tls=certificate[0]) as between,
        opened(between.port, tmp_path, tls="implicit", host="127.0.0.1") as source,
        pytest.raises(SourceMisconfigured, match="certificate is not valid"),
    ):
        source.check()


def test_no_login_is_sent_where_starttls_was_taken_out(dovecot: MailServer, tmp_path: Path) -> None:
    with (
        relay(dovecot.port) as between,
        opened(between.port, tmp_path, tls="starttls") as source,
    ):
        with pytest.raises(SourceMisconfigured, match="does not offer STARTTLS"):
            source.check()
        assert between.commands() == ["CAPABILITY"]


def test_no_login_is_sent_to_a_server_that_says_it_has_happened(tmp_path: Path) -> None:
    """Someone in between can say so, as there is no STARTTLS after a login."""
    heard = []

    def answer(tag: str, command: str) -> str:
        heard.append(command)
        return f"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done"

    with (
        scripted_server(answer, greeting="* PREAUTH welcome") as port,
        opened(port, tmp_path, tls="starttls") as source,
        pytest.raises(SourceUnavailable),
    ):
        source.check()
    assert set(heard) == {"CAPABILITY"}


def test_a_token_logs_in(dovecot: MailServer, tmp_path: Path) -> None:
    with opened(dovecot.port, tmp_path, password=None, access_token=SecretStr(TOKEN)) as source:
        source.check()


@pytest.mark.parametrize(
    "credentials",
    [
        {"password": SecretStr("wröng-secret")},
        {"password": SecretStr("wrong-secret")},
        {"password": None, "access_token": SecretStr("wrong-secret")},
    ],
)
def test_wrong_credentials_are_refused_and_not_repeated(
    dovecot: MailServer, tmp_path: Path, credentials: dict[str, Any]
) -> None:
    with opened(dovecot.port, tmp_path, **credentials) as source:
        for call in (source.check, lambda: listed(source)):
            with pytest.raises(CredentialsRefused) as raised:
                call()
            said: BaseException | None = raised.value
            while said is not None:
                assert "secret" not in f"{said!r}{getattr(said, 'operator_detail', '')}"
                said = said.__cause__ or said.__context__


def test_a_server_that_cannot_let_anyone_in_now_is_asked_later(
    dovecot: MailServer, tmp_path: Path
) -> None:
    with (
        opened(dovecot.port, tmp_path, username=BUSY_USER) as source,
        pytest.raises(SourceUnavailable),
    ):
        source.check()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, SourceUnavailable),
        ("{tag} NO [CONTACTADMIN] broken", SourceUnavailable),
        ("{tag} NO [PRIVACYREQUIRED] not in the clear", SourceMisconfigured),
        ("* BYE too many\r\n{tag} NO later", SourceUnavailable),
        ("{tag} BAD what", CredentialsRefused),
    ],
)
def test_what_a_server_may_say_to_a_login(
    tmp_path: Path, said: str | None, expected: type[Exception]
) -> None:
    def answer(tag: str, command: str) -> str | None:
        if command == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1\r\n{tag} OK done"
        return None if said is None else said.format(tag=tag)

    with (
        scripted_server(answer) as port,
        opened(port, tmp_path, password=SecretStr("ascii")) as source,
        pytest.raises(expected) as raised,
    ):
        source.check()
    assert type(raised.value) is expected


@pytest.mark.parametrize("greeting", ["* BYE too many connections", "* NO", "HTTP/1.1 400 Bad"])
def test_a_greeting_that_is_none(tmp_path: Path, greeting: str) -> None:
    with (
        scripted_server(lambda *_: None, greeting=greeting) as port,
        opened(port, tmp_path) as source,
        pytest.raises(SourceUnavailable),
    ):
        source.check()


def test_letters_that_the_server_cannot_take_are_not_an_accident(tmp_path: Path) -> None:
    with (
        scripted_server(lambda tag, _: f"* CAPABILITY IMAP4rev1\r\n{tag} OK done") as port,
        opened(port, tmp_path) as source,
        pytest.raises(SourceMisconfigured, match="ASCII"),
    ):
        source.check()


def test_a_server_that_announces_more_than_was_asked_for_is_not_believed(tmp_path: Path) -> None:
    def answer(tag: str, command: str) -> str:
        if command == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1\r\n{tag} OK done"
        if command.startswith("LIST"):
            return "* LIST () NIL {9000000000}\r\nIN"
        return f"{tag} OK done"

    with (
        scripted_server(answer) as port,
        opened(port, tmp_path, password=SecretStr("ascii")) as source,
        pytest.raises(SourceUnavailable),
    ):
        source.check()


@pytest.mark.parametrize("after", [1, 120, 250, 400, 700])
def test_a_connection_that_breaks_anywhere_is_the_servers_fault(
    dovecot: MailServer, tmp_path: Path, after: int
) -> None:
    with (
        TcpFaultProxy("127.0.0.1", dovecot.port) as proxy,
        opened(proxy.port, tmp_path) as source,
    ):
        proxy.inject(Fault.HALF_RESPONSE, after=after)
        with pytest.raises(SourceUnavailable):
            listed(source)
        listed(source)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with opened(port, tmp_path) as source, pytest.raises(SourceUnavailable):
        source.check()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_private_address_is_refused_without_an_admins_consent(
    dovecot: MailServer, tmp_path: Path, host: str
) -> None:
    with opened(dovecot.port, tmp_path, host=host, allow_private=False) as source:
        with pytest.raises(AddressRefused):
            source.check()
        with pytest.raises(AddressRefused):
            listed(source)
        with pytest.raises(AddressRefused), source.fetch(_THREAD):
            pass


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"password": "a", "access_token": "b"},
        {"password": "a\r\nx LOGOUT"},
        {"access_token": "a\x01auth=b"},
        {"username": "a\nb", "password": "a"},
    ],
)
def test_credentials_that_are_none(credentials: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ImapCredentials.model_validate({"username": "ana", **credentials})


def test_a_mailbox_needs_credentials(tmp_path: Path) -> None:
    context = ConnectorContext(source_id="source", cache_dir=tmp_path)
    with pytest.raises(CredentialsRefused):
        ImapConnector.open(ImapConfig(host="mail.acme.test"), None, context)


def test_a_password_in_the_clear_needs_consent() -> None:
    with pytest.raises(ValidationError, match="allow_plain"):
        ImapConfig(host="mail.acme.test", tls="none")
