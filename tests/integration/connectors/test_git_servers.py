"""The git connector against the reference implementation's server, and over TLS."""

from __future__ import annotations

import ipaddress
import os
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.conformance.listed import Listed
from connectors.contract import Checkpoint, Coverage, SourceMisconfigured
from connectors.git.config import GitConfig, GitCredentials
from connectors.git.connector import GitConnector
from tests.integration.connectors.git_world import GitWorld, basic, open_context, running_server

_GIT = shutil.which("git")


def list_all(url: str, tmp_path: Path, since: Checkpoint | None = None, **options: Any) -> Listed:
    connector = GitConnector.open(
        GitConfig(url=url, **options), None, open_context(tmp_path / "cache", timeout_s=10)
    )
    try:
        return Listed.of(connector.discover(since))
    finally:
        connector.close()


class _HttpBackend:
    """`git http-backend`, which speaks version 2 of the protocol as the large forges do."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        names = ("REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "PATH_INFO")
        cgi = {name: environ.get(name, "") for name in names}
        cgi |= {
            "CONTENT_LENGTH": str(length),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self._root),
            "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
            "PATH": os.environ["PATH"],
        }
        output = subprocess.run(
            [str(_GIT), "http-backend"],
            input=environ["wsgi.input"].read(length),
            env=cgi,
            capture_output=True,
            check=False,  # It ends with 1 after it has said that there is no such repository.
            timeout=30,
        ).stdout
        head, _, body = output.partition(b"\r\n\r\n")
        headers = [
            (name, value)
            for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))
        ]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        start_response(status, [pair for pair in headers if pair[0] != "Status"])
        return [body]


@pytest.mark.skipif(_GIT is None, reason="the git program is not installed")
def test_git_http_backend_is_understood_from_empty_to_rewritten(tmp_path: Path) -> None:
    world = GitWorld(tmp_path / "repo.git")
    with running_server(app=_HttpBackend(tmp_path)) as server:
        url = f"{server.url}/repo.git"
        empty = list_all(url, tmp_path)
        assert empty.coverage is Coverage.EVERYTHING
        assert not empty.named
        for number in range(5):
            world.put(f"folder/{number}.txt", b"line\n" * 200 + str(number).encode())
        known = list_all(url, tmp_path)
        assert len(known.paths) == 5
        assert "/blob/main/" in known.at("folder/0.txt").uri
        world.put("folder/0.txt", b"line\n" * 201)
        assert list_all(url, tmp_path, known.checkpoint).paths == {"folder/0.txt"}
        world.stage("a.txt", b"x")
        world.rewrite()
        assert list_all(url, tmp_path, known.checkpoint).paths == {"a.txt", "folder/0.txt"}
        with pytest.raises(SourceMisconfigured, match="no branch"):
            list_all(url, tmp_path, branch="nowhere")
        with pytest.raises(SourceMisconfigured, match="no git repository"):
            list_all(f"{server.url}/other.git", tmp_path)
    world.close()


@pytest.mark.skipif(_GIT is None, reason="the git program is not installed")
def test_packs_that_git_itself_has_made_are_read(tmp_path: Path) -> None:
    world = GitWorld(tmp_path / "repo.git")
    for number in range(30):
        world.put("a.txt", b"".join(b"line %d\n" % n for n in range(number, number + 300)))
    world.repo.close()
    subprocess.run([str(_GIT), "-C", str(world.folder), "gc", "-q"], check=True, timeout=60)
    with running_server(app=_HttpBackend(tmp_path)) as server:
        listed = list_all(f"{server.url}/repo.git", tmp_path)
        connector = GitConnector.open(
            GitConfig(url=f"{server.url}/repo.git"), None, open_context(tmp_path / "cache")
        )
        with connector.fetch(listed.at("a.txt")) as path:
            assert path.read_bytes().endswith(b"line 328\n")
        connector.close()
    world.close()


@pytest.mark.skipif(_GIT is None, reason="the git program is not installed")
def test_repository_whose_own_history_is_cut_off_is_listed(tmp_path: Path) -> None:
    world = GitWorld(tmp_path / "repo.git")
    for name in ("a", "b", "c"):
        world.put(name, b"x")
    (world.folder / "shallow").write_bytes(world.commits[1] + b"\n")
    world.repo.object_store.delete_loose_object(world.commits[0])
    with running_server(app=_HttpBackend(tmp_path)) as server:
        listed = list_all(f"{server.url}/repo.git", tmp_path)
        known = list_all(f"{server.url}/repo.git", tmp_path, listed.checkpoint)
    assert not known.named
    dates = [listed.at(name).updated_at for name in ("a", "b", "c")]
    assert all(dates)
    assert dates[0] == dates[1] != dates[2]
    world.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed, for 127.0.0.1; the file holds its key as well."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git.acme.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_https_is_read_and_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    credentials = GitCredentials.model_validate({"token": "some-token"})
    with running_server(tls=tls) as server:
        server.password = "some-token"
        world = GitWorld(tmp_path / "repo.git", server)
        world.put("a.txt", b"x")
        context = open_context(tmp_path / "cache")
        connector = GitConnector.open(GitConfig(url=world.url), credentials, context)
        with pytest.raises(SourceMisconfigured, match="certificate"):
            connector.check()
        assert server.authorizations == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        connector.check()
        assert Listed.of(connector.discover(None)).paths == {"a.txt"}
        assert set(server.authorizations) == {basic("git", "some-token")}
        connector.close()
        world.close()


def test_redirect_from_https_to_http_is_refused(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with running_server(tls=tls) as server:
        server.redirect_to = server.url.replace("https", "http")
        with pytest.raises(SourceMisconfigured, match="from https to http"):
            list_all(f"{server.url}/a.git", tmp_path)
