"""The S3 connector passes the kit, against a real server that has bad days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from connectors.access_rules import AccessRule
from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import HttpFaultProxy
from connectors.contract import Connector
from connectors.s3.connector import S3Connector
from tests.integration.connectors.s3_server import (
    CREDENTIALS,
    Bucket,
    S3Server,
    context,
    running_server,
)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_server() as server:
        yield server


class TestS3Connector(ConnectorConformance):
    faults: ClassVar[frozenset[Fault]] = frozenset(Fault)
    many: ClassVar[int] = 1_200

    bucket: Bucket
    proxy: HttpFaultProxy

    @pytest.fixture(autouse=True)
    def _world(self, server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr("connectors.s3.client._FIRST_WAIT_S", 0.05)
        self.page_size = 2
        self.allowed: dict[str, set[str]] = {}
        self.bucket = server.bucket()
        with HttpFaultProxy(server.url, keep_host=True) as self.proxy:
            yield

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        return self._connect(self.bucket.name, max_file_bytes=max_file_bytes)

    def make_misconfigured_connector(self) -> Connector:
        return self._connect(f"{self.bucket.name}-missing")

    def put(self, path: str, content: bytes) -> None:
        self.bucket.put(path, content)

    def put_many(self, count: int) -> None:
        self.bucket.server.fill(self.bucket.name, count)
        self.page_size = 50

    def delete(self, path: str) -> None:
        self.bucket.delete(path)

    def rename(self, old: str, new: str) -> None:
        """As every tool for S3 does it."""
        name = self.bucket.name
        self.bucket.client.copy_object(
            Bucket=name, Key=new, CopySource={"Bucket": name, "Key": old}
        )
        self.bucket.delete(old)

    def grant(self, path: str, token: str) -> None:
        """By the configuration's rules, for S3 says nothing."""
        self.allowed.setdefault(path, set()).add(token)

    def revoke(self, path: str, token: str) -> None:
        self.allowed[path].discard(token)

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)

    def _connect(self, bucket: str, *, max_file_bytes: int | None = None) -> Connector:
        rules = [AccessRule(glob=path, allow=tuple(acl)) for path, acl in self.allowed.items()]
        return S3Connector.open(
            self.bucket.config(
                bucket=bucket,
                endpoint_url=self.proxy.url,
                page_size=self.page_size,
                access_rules=rules,
            ),
            CREDENTIALS,
            context(timeout_s=0.5, max_file_bytes=max_file_bytes or 100 * 1024**2),
        )
