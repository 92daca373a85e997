"""The IMAP connector passes the kit over Dovecot."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr

from connectors.conformance import ConnectorConformance, Fault
from connectors.conformance.fault_proxy import TcpFaultProxy
from connectors.context import ConnectorContext
from connectors.contract import Checkpoint, Connector, DocumentRef, ListingItem
from connectors.egress import EgressPolicy
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.connector import ImapConnector
from tests.integration.connectors.imap_servers import (
    PASSWORD,
    MailServer,
    dovecot_server,
)

_USER = "ana"
# Long enough for any answer here, short enough to wait for.
_TIMEOUT_S = 0.7


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    with dovecot_server() as running:
        yield running


@pytest.fixture(scope="module")
def plain_dovecot() -> Iterator[MailServer]:
    with dovecot_server(counts_changes=False) as running:
        yield running


class _PathConnector(ImapConnector):
    """Documents of this world have any path and any bytes. A message has them as its subject,
    with escapes, and in its text, as hexadecimal digits.
    """

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        for item in super().discover(since):
            if isinstance(item, DocumentRef):
                thread, _, file = item.path.removeprefix("INBOX/").partition(".eml")
                yield replace(item, path=unquote(thread) + file)
            else:
                yield item

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        with super().fetch(ref) as path, tempfile.NamedTemporaryFile() as file:
            file.write(path.read_bytes() if ref.parent_id else _content(path.read_bytes()))
            file.flush()
            yield Path(file.name)


@dataclass
class _Document:
    content: bytes
    files: dict[str, bytes] = field(default_factory=dict)


class _ImapWorld(ConnectorConformance):
    """A thread of one message is a document. Its path is its subject, which no message changes, so
    a renamed document is another message.
    """

    folder: Path
    admin: Any
    port: int
    user: str
    documents: dict[str, _Document]

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        # The tests of the limit are of this path.
        limit = 10**7 if max_file_bytes is None else len(_message("a.bin", b"x" * max_file_bytes))
        return self._open("INBOX", limit)

    def make_misconfigured_connector(self) -> Connector:
        return self._open("missing", 10**7)

    def put(self, path: str, content: bytes) -> None:
        self._put(path, _Document(content))

    def delete(self, path: str) -> None:
        del self.documents[path]
        self._expunge(path)

    def rename(self, old: str, new: str) -> None:
        document = self.documents[old]
        self.delete(old)
        self._put(new, document)

    def put_child(self, parent: str, path: str, content: bytes) -> None:
        document = self.documents[parent]
        document.files[path.removeprefix(f"{parent}/")] = content
        self._put(parent, document)

    def _put(self, path: str, document: _Document) -> None:
        self.documents[path] = document
        self._expunge(path)
        self.admin.append("INBOX", _message(path, document.content, document.files))

    def _expunge(self, path: str) -> None:
        self.admin.select_folder("INBOX")
        found = self.admin.search(["HEADER", "Message-ID", _message_id(path)])
        if found:
            self.admin.delete_messages(found)
            self.admin.expunge(found)

    def _open(self, include: str, max_file_bytes: int) -> ImapConnector:
        config = ImapConfig(
            host="127.0.0.1", port=self.port, tls="none", allow_plain=True, include=(include,)
        )
        context = ConnectorContext(
            source_id="source",
            cache_dir=self.folder,
            egress=EgressPolicy(allow_private=True),
            max_file_bytes=max_file_bytes,
            timeout_s=_TIMEOUT_S,
        )
        credentials = ImapCredentials(username=self.user, password=SecretStr(PASSWORD))
        return _PathConnector(config, credentials, context, milestone_every=2)


class _DovecotWorld(_ImapWorld):
    many = 1_000
    numbers = itertools.count()
    server: MailServer

    @contextmanager
    def world(self, server: MailServer, folder: Path) -> Iterator[None]:
        """An empty mailbox, and an empty cache."""
        self.server, self.folder, self.documents = server, folder, {}
        self.user = f"{_USER}-{next(self.numbers)}"
        with _logged_in(server.port, self.user) as self.admin:
            yield

    def put_many(self, count: int) -> None:
        folder = self.server.mail / self.user / "Maildir/cur"
        for number in range(count):
            (folder / f"{number}.made.here:2,").write_bytes(_message(f"many/{number}", b"x"))


class TestWithCountedChanges(_DovecotWorld):
    faults = frozenset({Fault.TIMEOUT, Fault.HALF_RESPONSE})
    # Bytes: the greeting, the folder's state, the headers.
    fault_positions = (0, 800, 1_800)
    proxy: TcpFaultProxy

    @pytest.fixture(autouse=True)
    def _world(self, dovecot: MailServer, tmp_path: Path) -> Iterator[None]:
        with (
            self.world(dovecot, tmp_path),
            TcpFaultProxy("127.0.0.1", dovecot.port) as self.proxy,
        ):
            self.port = self.proxy.port
            yield

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.proxy.inject(fault, after=after)


class TestWithoutCountedChanges(_DovecotWorld):
    """The server does not tell whether a folder is as it was (RFC 7162)."""

    @pytest.fixture(autouse=True)
    def _world(self, plain_dovecot: MailServer, tmp_path: Path) -> Iterator[None]:
        with self.world(plain_dovecot, tmp_path):
            self.port = plain_dovecot.port
            yield


@contextmanager
def _logged_in(port: int, user: str) -> Iterator[Any]:
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.plain_login(user, PASSWORD)
        yield client


def _message(path: str, content: bytes, files: dict[str, bytes] | None = None) -> bytes:
    message = EmailMessage()
    message["Message-ID"] = f"<{_message_id(path)}>"
    message["Date"] = "Thu, 29 Feb 2024 12:00:00 +0100"
    message["Subject"] = quote(path, safe="")
    # A line each 64 digits, as no line of a message may be long.
    message.set_content(content.hex("\n", 32) + "\n")
    for name, data in (files or {}).items():
        message.add_attachment(data, maintype="application", subtype="x-file", filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


def _message_id(path: str) -> str:
    return f"{hashlib.sha256(path.encode()).hexdigest()}@acme.test"


def _content(message: bytes) -> bytes:
    part = next(part for part in message_from_bytes(message).walk() if not part.is_multipart())
    text = part.get_payload()
    assert isinstance(text, str)
    return bytes.fromhex(text)
