"""A user's mailbox on Dovecot, and messages to put into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from connectors.contract import (
    Checkpoint,
    DocumentRef,
    DocumentRemoved,
    ListingEnd,
    ListingFailure,
    ListingItem,
)
from connectors.imap.connector import ImapConnector
from tests.integration.connectors.imap_servers import PASSWORD

FIRST_DAY = datetime(2024, 2, 28, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Mailbox:
    """`folder` is where the server keeps it, in the format Maildir."""

    user: str
    port: int
    admin: Any
    folder: Path

    def put(
        self,
        message: bytes,
        *,
        folder: str = "INBOX",
        received: datetime = FIRST_DAY + timedelta(days=10),
    ) -> None:
        if not self.admin.folder_exists(folder):
            self.admin.create_folder(folder)
        self.admin.append(folder, message, msg_time=received)

    def uids(self, message_id: str, *, folder: str = "INBOX") -> list[int]:
        """With the folder open for changes."""
        self.admin.select_folder(folder)
        return list(self.admin.search(["HEADER", "Message-ID", f"<{message_id}>"]))

    def delete(self, message_id: str, *, folder: str = "INBOX") -> None:
        uids = self.uids(message_id, folder=folder)
        self.admin.delete_messages(uids)
        self.admin.expunge(uids)

    def move(self, message_id: str, *, to: str, folder: str = "INBOX") -> None:
        if not self.admin.folder_exists(to):
            self.admin.create_folder(to)
        self.admin.move(self.uids(message_id, folder=folder), to)


@contextmanager
def logged_in(port: int, user: str, folder: Path) -> Iterator[Mailbox]:
    """`folder` is where the server keeps all users' mail."""
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.plain_login(user, PASSWORD)
        yield Mailbox(user=user, port=port, admin=client, folder=folder / user / "Maildir")


def mail(
    message_id: str | None,
    text: str = "a text",
    *,
    subject: str = "Leave",
    answers: Sequence[str] = (),
    day: int = 0,
    files: dict[str, bytes] | None = None,
) -> bytes:
    """`answers` are the ids before it in its thread, `day` counts from FIRST_DAY."""
    message = EmailMessage()
    message["From"] = "Ana <ana@acme.test>"
    if message_id is not None:
        message["Message-ID"] = f"<{message_id}>"
    if answers:
        message["References"] = " ".join(f"<{other}>" for other in answers)
        message["In-Reply-To"] = f"<{answers[-1]}>"
    message["Date"] = FIRST_DAY + timedelta(days=day)
    message["Subject"] = subject
    message.set_content(text)
    for name, data in (files or {}).items():
        message.add_attachment(data, maintype="application", subtype="x-file", filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


@dataclass(frozen=True)
class Listing:
    """What a listing said."""

    threads: dict[str, DocumentRef]
    """By path."""
    files: dict[str, DocumentRef]
    removed: set[str]
    failures: list[ListingFailure]
    end: Checkpoint | None


def listed(source: ImapConnector, since: Checkpoint | None = None) -> Listing:
    items: list[ListingItem] = list(source.discover(since))
    references = [item for item in items if isinstance(item, DocumentRef)]
    end = items[-1]
    assert isinstance(end, ListingEnd)
    return Listing(
        threads={ref.path: ref for ref in references if ref.parent_id is None},
        files={ref.path: ref for ref in references if ref.parent_id is not None},
        removed={item.external_id for item in items if isinstance(item, DocumentRemoved)},
        failures=[item for item in items if isinstance(item, ListingFailure)],
        end=end.checkpoint,
    )


def content(source: ImapConnector, ref: DocumentRef) -> bytes:
    with source.fetch(ref) as path:
        return path.read_bytes()
