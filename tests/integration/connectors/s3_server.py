"""A real S3 server on this machine, in a process of its own, and what tests do with it."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import botocore.session
from botocore.config import Config
from pydantic import SecretStr

from connectors.conformance.fault_proxy import Reply
from connectors.context import ConnectorContext
from connectors.egress import EgressPolicy
from connectors.s3.config import S3Config, S3Credentials
from connectors.s3.connector import S3Connector

CREDENTIALS = S3Credentials(access_key_id="test-key", secret_access_key=SecretStr("test-secret"))

# Fills buckets from inside, where a thousand requests would take their time.
_SERVER = """
import sys
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
for line in sys.stdin:
    bucket, count = line.split()
    for number in range(int(count)):
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, f"many/{number:05}.txt", b"x")
    print("done", flush=True)
server.stop()
"""


@dataclass
class S3Server:
    """The server. Whoever asks is let in, until `require_permission`."""

    url: str
    process: subprocess.Popen[str]
    client: Any
    """The vendor's own, to prepare worlds with."""

    def bucket(self) -> Bucket:
        """A new bucket with a name of its own."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=name)
        return Bucket(name, self)

    def fill(self, bucket: str, count: int) -> None:
        """Put so many objects into the bucket: `many/00000.txt` and so on."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{bucket} {count}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@dataclass
class Bucket:
    """One bucket of the server."""

    name: str
    server: S3Server

    @property
    def client(self) -> Any:
        return self.server.client

    def put(self, key: str, content: bytes = b"x", **more: Any) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content, **more)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def config(self, **fields: Any) -> S3Config:
        return S3Config.model_validate(
            {"bucket": self.name, "endpoint_url": self.server.url} | fields
        )


@contextmanager
def running_server() -> Iterator[S3Server]:
    """Stopped, with all its buckets, at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            with closing(_client(url)) as client:
                yield S3Server(url, process, client)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _client(url: str) -> Any:
    return botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="test-key",
        aws_secret_access_key="test-secret",
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )


def context(
    *,
    allow_private: bool = True,
    timeout_s: float = 10.0,
    max_file_bytes: int = 100 * 1024**2,
    egress: EgressPolicy | None = None,
) -> ConnectorContext:
    """Of a source that may connect to this machine."""
    return ConnectorContext(
        source_id="source",
        cache_dir=Path("unused"),
        egress=egress or EgressPolicy(allow_private=allow_private),
        timeout_s=timeout_s,
        max_file_bytes=max_file_bytes,
    )


@contextmanager
def connected(
    config: S3Config,
    credentials: S3Credentials | None = CREDENTIALS,
    *,
    within: ConnectorContext | None = None,
) -> Iterator[S3Connector]:
    """A connector that is closed at the end."""
    connector = S3Connector.open(config, credentials, within or context())
    try:
        yield connector
    finally:
        connector.close()


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]


class ScriptedServer(ThreadingHTTPServer):
    """Says what a test wants it to say, for answers that the real server never gives.

    It says the last reply again and again. `certificate`: to speak TLS with, key and all.
    """

    daemon_threads = False

    def __init__(self, *replies: Reply, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _ScriptedHandler)
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @contextmanager
    def running(self) -> Iterator[ScriptedServer]:
        thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not worth a traceback."""


class _ScriptedHandler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_GET(self) -> None:
        target = self.requestline.split()[1]
        self.server.asked.append(Asked(self.command, target, dict(self.headers.items())))
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        self.send_response(reply.status)
        headers = {"Content-Length": str(len(reply.body))} | dict(reply.headers)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_GET  # noqa: N815  (the base class looks for this name)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def listing(*keys: str, token: str | None = None) -> Reply:
    """A page of a listing as the real system words it; with a token, there is more."""
    contents = "".join(
        f"<Contents><Key>{quote(key)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
        '<ETag>"e"</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>'
        for key in keys
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return Reply(
        200,
        {"Content-Type": "application/xml"},
        (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<EncodingType>url</EncodingType>"
            f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>"
            f"{more}{contents}</ListBucketResult>"
        ).encode(),
    )


def refusal(status: int, code: str, *, more: str = "", **headers: str) -> Reply:
    """An error as the real system words it."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>about test-secret</Message>{more}<RequestId>1</RequestId></Error>"
    )
    return Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, body.encode())
