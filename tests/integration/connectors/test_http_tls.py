"""Connections go to checked addresses; certificates are compared with the name all the same."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.contract import SourceMisconfigured
from connectors.http.client import HTTPClient
from tests.integration.connectors.http_server import context


def test_certificate_for_the_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls_server("localhost", tmp_path) as (port, certificate):
        trust_also(certificate, monkeypatch)
        assert get(f"https://localhost:{port}/", tmp_path) == b"over TLS"


@pytest.mark.parametrize("name", ["other.test", "127.0.0.1"])
def test_certificate_for_another_name_or_for_the_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with tls_server(name, tmp_path) as (port, certificate):
        trust_also(certificate, monkeypatch)
        with pytest.raises(SourceMisconfigured, match="certificate"):
            get(f"https://localhost:{port}/", tmp_path)


def test_untrusted_certificate_is_refused(tmp_path: Path) -> None:
    with (
        tls_server("localhost", tmp_path) as (port, _),
        pytest.raises(SourceMisconfigured, match="certificate"),
    ):
        get(f"https://localhost:{port}/", tmp_path)


def get(url: str, folder: Path) -> bytes:
    client = HTTPClient(context(folder), home=url)
    try:
        return client.ask("GET", url, handle=lambda answer: answer.read(max_bytes=100))
    finally:
        client.close()


def trust_also(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("connectors.http.transport.trust", lambda: trusted)


@contextmanager
def tls_server(name: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """Its port, and the certificate that it signed itself for the name."""
    certificate = _make_certificate(name, folder)
    server = _Server(("127.0.0.1", 0), _Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1], certificate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _make_certificate(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response_only(200)
        self.end_headers()
        self.wfile.write(b"over TLS")

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""
