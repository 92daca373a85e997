"""The S3 connector works with what the source says: not with the machine's identity or network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from connectors.conformance.fault_proxy import Reply
from connectors.contract import (
    DocumentRef,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused, EgressPolicy, HostNotFound
from connectors.registry import validated_config, validated_credentials
from connectors.s3 import session, transport
from connectors.s3.config import S3Config, S3Credentials
from connectors.s3.connector import S3Connector
from core.access import InvalidAccessToken
from tests.integration.connectors.s3_server import (
    CREDENTIALS,
    ScriptedServer,
    connected,
    context,
    listing,
    refusal,
)

_REFERENCE = DocumentRef(external_id="a.txt", revision="1", path="a.txt", uri="s3://docs/a.txt")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not say how long to wait, nobody has to."""
    monkeypatch.setattr("connectors.s3.client._FIRST_WAIT_S", 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted(EgressPolicy):
    """Every host is the scripted server, or none is; keeps which were asked for."""

    port: int | None
    hosts: list[tuple[str, int]] = field(default_factory=list)

    def connect(self, host: str, port: int, *, timeout_s: float) -> socket.socket:
        self.hosts.append((host, port))
        if self.port is None:
            raise HostNotFound(f"The host {host!r} cannot be resolved.")
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(listing("a.txt"), Reply(200, {}, b"one")).running() as server:
        yield server


@pytest.fixture
def ambient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A machine with an identity of its own, in all the places where the vendor looks for one.

    Everything in it leads to the server that is returned, which nobody should ask.
    """
    session._session.cache_clear()
    with ScriptedServer(listing("secret.txt")).running() as elsewhere:
        profile = (
            "aws_access_key_id = AMBIENTKEY\naws_secret_access_key = ambient-secret\n"
            f"region = ap-south-1\nendpoint_url = {elsewhere.url}\n"
            "ca_bundle = /missing\ns3 =\n    addressing_style = virtual\n"
            "credential_process = false\nparameter_validation = false\n"
        )
        home = tmp_path / ".aws"
        (home / "models" / "s3" / "2006-03-01").mkdir(parents=True)
        (home / "models" / "s3" / "2006-03-01" / "service-2.json").write_text("not a model")
        (home / "config").write_text(f"[default]\n{profile}[profile other]\n{profile}")
        (home / "credentials").write_text(f"[default]\n{profile}[other]\n{profile}")
        for name, value in {
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
            "AWS_PROFILE": "missing",
            "AWS_DEFAULT_PROFILE": "other",
            "AWS_ACCESS_KEY_ID": "AMBIENTKEY",
            "AWS_SECRET_ACCESS_KEY": "ambient-secret",
            "AWS_SESSION_TOKEN": "ambient-token",
            "AWS_DEFAULT_REGION": "ap-south-1",
            "AWS_REGION": "ap-south-1",
            "AWS_ENDPOINT_URL": elsewhere.url,
            "AWS_ENDPOINT_URL_S3": elsewhere.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{elsewhere.url}/credentials",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(home / "credentials"),
            "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/ambient",
            "AWS_CA_BUNDLE": "/missing",
            "REQUESTS_CA_BUNDLE": "/missing",
            "AWS_DATA_PATH": str(home / "models"),
            "AWS_DEFAULTS_MODE": "auto",
            "AWS_USE_DUALSTACK_ENDPOINT": "true",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_MAX_ATTEMPTS": "9",
            "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy",
            "AWS_EXECUTION_ENV": "ambient",
            "AWS_SDK_UA_APP_ID": "ambient",
            "HTTP_PROXY": elsewhere.url,
            "http_proxy": elsewhere.url,
            "HTTPS_PROXY": elsewhere.url,
            "https_proxy": elsewhere.url,
            "ALL_PROXY": elsewhere.url,
        }.items():
            monkeypatch.setenv(name, value)
        yield elsewhere
    session._session.cache_clear()


def read_all(connector: S3Connector) -> list[str]:
    connector.check()
    return [item.path for item in connector.discover(None) if isinstance(item, DocumentRef)]


def test_machine_with_credentials_lends_them_to_no_source(ambient: ScriptedServer) -> None:
    with pytest.raises(SourceMisconfigured, match="never used"):
        S3Connector.open(S3Config(bucket="docs"), None, context())
    assert ambient.asked == []


@pytest.mark.parametrize("credentials", [CREDENTIALS, None], ids=["own key", "anonymous"])
def test_nothing_of_the_machine_is_in_a_request(
    credentials: S3Credentials | None, server: ScriptedServer, ambient: ScriptedServer
) -> None:
    server.replies = [listing("a.txt")]
    egress = Diverted(port=server.server_port)
    config = S3Config(
        bucket="docs", endpoint_url="http://s3.acme.test", anonymous=credentials is None
    )
    with connected(config, credentials, within=context(egress=egress)) as connector:
        assert read_all(connector) == ["a.txt"]
        with connector.fetch(_REFERENCE):
            pass
    assert set(egress.hosts) == {("s3.acme.test", 80)}
    assert ambient.asked == []
    assert {asked.method for asked in server.asked} == {"GET", "HEAD"}
    for asked in server.asked:
        said = f"{asked.target} {asked.headers}"
        assert "ambient" not in said.lower()
        assert "ap-south-1" not in said
        authorization = asked.headers.get("Authorization", "")
        if credentials is None:
            assert not authorization
        else:
            assert "Credential=test-key/" in authorization
            assert "/us-east-1/s3/" in authorization
        assert "X-Amz-Security-Token" not in asked.headers
        assert asked.headers["User-Agent"].startswith("Vouch")


def test_session_token_goes_along(server: ScriptedServer) -> None:
    credentials = S3Credentials(
        access_key_id="k", secret_access_key=SecretStr("s"), session_token=SecretStr("token")
    )
    with connected(S3Config(bucket="docs", endpoint_url=server.url), credentials) as connector:
        connector.check()
    assert server.asked[0].headers["X-Amz-Security-Token"] == "token"


@pytest.mark.parametrize(
    ("config", "host"),
    [
        ({"bucket": "docs"}, "docs.s3.us-east-1.amazonaws.com"),
        ({"bucket": "docs", "region": "eu-central-1"}, "docs.s3.eu-central-1.amazonaws.com"),
        ({"bucket": "docs", "region": "cn-north-1"}, "docs.s3.cn-north-1.amazonaws.com.cn"),
        ({"bucket": "docs", "addressing": "path"}, "s3.us-east-1.amazonaws.com"),
        ({"bucket": "with.dots"}, "s3.us-east-1.amazonaws.com"),
        ({"bucket": "docs", "endpoint_url": "https://s3.acme.test"}, "s3.acme.test"),
        (
            {"bucket": "docs", "endpoint_url": "https://s3.acme.test", "addressing": "virtual"},
            "docs.s3.acme.test",
        ),
    ],
)
def test_host_is_the_regions_or_the_endpoints(
    config: dict[str, Any], host: str, ambient: ScriptedServer
) -> None:
    egress = Diverted(port=None)
    with (
        connected(S3Config.model_validate(config), within=context(egress=egress)) as connector,
        pytest.raises(SourceUnavailable, match="cannot be resolved"),
    ):
        next(iter(connector.discover(None)))
    assert set(egress.hosts) == {(host, 443)}
    assert ambient.asked == []


def test_local_address_is_refused_at_every_door(server: ScriptedServer) -> None:
    config = S3Config(bucket="docs", endpoint_url=server.url)
    with connected(config, within=context(allow_private=False)) as connector:
        with pytest.raises(AddressRefused):
            connector.check()
        with pytest.raises(AddressRefused):
            list(connector.discover(None))
        with pytest.raises(AddressRefused), connector.fetch(_REFERENCE):
            pass
    assert server.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(307, {"Location": "http://169.254.169.254/latest/meta-data/"}),
        refusal(
            301,
            "PermanentRedirect",
            more="<Endpoint>169.254.169.254</Endpoint>",
            Location="http://169.254.169.254/",
            x_amz_bucket_region="eu-central-1",
        ),
        refusal(307, "TemporaryRedirect", Location="http://169.254.169.254/", Retry_After="60"),
    ],
)
def test_redirect_is_never_followed(reply: Reply, server: ScriptedServer) -> None:
    """Nor does the vendor's library look for the region by itself."""
    server.replies = [reply]
    egress = Diverted(port=server.server_port)
    config = S3Config(bucket="docs", endpoint_url="http://s3.acme.test")
    with connected(config, within=context(egress=egress)) as connector:
        with pytest.raises((SourceMisconfigured, SourceUnavailable)):
            connector.check()
        with pytest.raises((SourceMisconfigured, SourceUnavailable)), connector.fetch(_REFERENCE):
            pass
    assert {host for host, _ in egress.hosts} == {"s3.acme.test"}
    assert [asked.method for asked in server.asked] == ["GET", "GET"]


def test_every_request_waits_for_its_turn(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    within = context()
    monkeypatch.setattr(within.pacer, "wait", lambda: waits.append(len(server.asked)))
    config = S3Config(bucket="docs", endpoint_url=server.url)
    with connected(config, within=within) as connector:
        connector.check()
        with connector.fetch(_REFERENCE):
            pass
    assert waits == [0, 1, 2]
    assert len(server.asked) == 3


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For `s3.acme.test`, by an authority that nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "s3.acme.test")])
    now = datetime.now(UTC)
    names = [x509.DNSName("s3.acme.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.mark.parametrize(
    ("host", "is_known", "is_accepted"),
    [("s3.acme.test", True, True), ("s3.acme.test", False, False), ("else.test", True, False)],
)
def test_certificate_must_be_known_and_the_hosts_own(
    host: str,
    is_known: bool,
    is_accepted: bool,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport._trust.cache_clear()
    if is_known:
        monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    server = ScriptedServer(listing("a.txt"), certificate=certificate)
    try:
        with (
            server.running(),
            connected(
                S3Config(bucket="docs", endpoint_url=f"https://{host}"),
                within=context(egress=Diverted(port=server.server_port)),
            ) as connector,
        ):
            if is_accepted:
                connector.check()
            else:
                with pytest.raises(SourceMisconfigured, match="certificate"):
                    connector.check()
    finally:
        transport._trust.cache_clear()


@pytest.mark.parametrize(
    "config",
    [
        {"bucket": "a"},
        {"bucket": "has/slash"},
        {"bucket": "-dash"},
        {"bucket": "docs--use1-az4--x-s3"},
        {"bucket": "arn:aws:s3:us-east-1:000000000000:accesspoint/docs"},
        {"region": "acme.test/x"},
        {"region": "us-east-1.acme.test"},
        {"region": ""},
        {"endpoint_url": "ftp://s3.acme.test"},
        {"endpoint_url": "s3.acme.test"},
        {"endpoint_url": "http://"},
        {"endpoint_url": "http://user:password@s3.acme.test"},
        {"endpoint_url": "http://s3.acme.test?x"},
        {"endpoint_url": "http://s3.acme.test#x"},
        {"endpoint_url": "http://s3.acme.test:99999"},
        {"endpoint_url": "http://[::1"},
        {"endpoint_url": "http://s3.acme.test\n"},
        {"endpoint_url": "http://s3.acme.test/a b"},
        {"addressing": "else"},
        {"prefixes": []},
        {"include": [""]},
        {"page_size": 0},
        {"page_size": 1001},
        {"access_rules": [{"glob": "**", "allow": ["hr"]}]},
        {"secret_access_key": "in the wrong place"},
    ],
)
def test_configuration_that_cannot_be_meant_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises((SourceMisconfigured, InvalidAccessToken)) as caught:
        validated_config("s3", {"bucket": "docs"} | config)
    assert "in the wrong place" not in str(caught.value)


def test_credentials_and_anonymous_together_are_refused() -> None:
    with pytest.raises(SourceMisconfigured, match="only one"):
        S3Connector.open(S3Config(bucket="docs", anonymous=True), CREDENTIALS, context())


@pytest.mark.parametrize(
    "credentials",
    [
        {"access_key_id": "k"},
        {"access_key_id": "k", "secret_access_key": ""},
        {"access_key_id": "k\r\nX: y", "secret_access_key": "hunter2"},
        {"access_key_id": "k", "secret_access_key": "hunter2", "profile": "default"},
    ],
)
def test_incomplete_credentials_are_refused_and_not_repeated(credentials: dict[str, str]) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        validated_credentials("s3", credentials)
    assert "hunter2" not in caught.value.detail


def test_secrets_do_not_show() -> None:
    credentials = S3Credentials(
        access_key_id="k", secret_access_key=SecretStr("hunter2"), session_token=SecretStr("t0ken")
    )
    shown = f"{credentials!r} {credentials} {credentials.model_dump_json()}"
    assert "hunter2" not in shown
    assert "t0ken" not in shown
