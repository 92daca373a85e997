"""One connection to a mail server that is logged in, read-only, and what it is asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from connectors.context import ConnectorContext
from connectors.contract import SourceUnavailable
from connectors.imap.errors import CommandRefused, translated
from connectors.imap.heads import FIELDS, Head, parse_head
from connectors.imap.structure import UNDESCRIBED, Part, UnknownStructure, parse_structure

_BATCH_MESSAGES = 100
# An answer is one line, of which imaplib reads a million characters.
_UIDS_PER_SEARCH = 50_000
_FRESH_S = 30.0
_UNKNOWN_TIME = datetime(1980, 1, 1, tzinfo=UTC)
_HEADER = f"BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]"
_CANNOT_BE_OPENED = {b"\\noselect", b"\\nonexistent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """`name` is the server's, `path` has "/" between its parts, `uses` are RFC 6154's roles."""

    name: str
    path: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """Where all four are as they were, nothing has come, gone, or been marked as deleted."""

    uid_validity: int
    uid_next: int
    messages: int
    mod_sequence: int | None
    """None where the server does not count changes (RFC 7162): then a mark goes unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMessage:
    """A message as far as its folder shows it. `structure` is None where nobody understands it."""

    uid: int
    head: Head
    structure: Part | None


class Session:
    """A connection that is logged in. For one thread at a time. Raises CommandRefused."""

    def __init__(self, client: Any, context: ConnectorContext) -> None:
        self._client = client
        self._context = context
        self.used_at = time.monotonic()
        self._is_open = False

    def folders(self) -> list[Folder]:
        """All that can be opened, by name."""
        with self._request():
            listed = self._client.list_folders()
        return sorted(
            (
                _folder(flags, delimiter, name)
                for flags, delimiter, name in listed
                if not _CANNOT_BE_OPENED & {flag.lower() for flag in flags}
            ),
            key=lambda folder: folder.name,
        )

    def state(self, folder: str) -> FolderState:
        """Without opening the folder; of an open one, a server may tell an old state."""
        counts_changes = self._client.has_capability("CONDSTORE")
        items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY"]
        if self._is_open:
            with self._request():
                self._client.close_folder()
            self._is_open = False
        with self._request():
            found = self._client.folder_status(
                folder, [*items, "HIGHESTMODSEQ"] if counts_changes else items
            )
            return FolderState(
                uid_validity=int(found[b"UIDVALIDITY"]),
                uid_next=int(found[b"UIDNEXT"]),
                messages=int(found[b"MESSAGES"]),
                # Zero where this one folder cannot count.
                mod_sequence=int(found.get(b"HIGHESTMODSEQ", 0)) or None,
            )

    def open(self, folder: str) -> int:
        """For reading alone. Returns its UIDVALIDITY."""
        with self._request():
            found = self._client.select_folder(folder, readonly=True)
            self._is_open = True
            return int(found[b"UIDVALIDITY"])

    def live_uids(self, state: FolderState, *, since: date | None) -> Iterator[int]:
        """Of the messages in the open folder that are not marked as deleted, in order."""
        criteria: list[Any] = ["UNDELETED"] if since is None else ["UNDELETED", "SINCE", since]
        if state.messages <= _UIDS_PER_SEARCH:
            yield from self._search(criteria)
            return
        for first in range(1, state.uid_next, _UIDS_PER_SEARCH):
            yield from self._search(["UID", f"{first}:{first + _UIDS_PER_SEARCH - 1}", *criteria])

    def messages(self, uids: Sequence[int]) -> Iterator[ListedMessage]:
        """Those of the open folder's messages that are still there."""
        items = ["INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", _HEADER]
        for start in range(0, len(uids), _BATCH_MESSAGES):
            with self._request():
                found = self._client.fetch(uids[start : start + _BATCH_MESSAGES], items)
            for uid, data in found.items():
                # An unasked-for notice of changed flags may be about any message.
                if b"RFC822.SIZE" in data:
                    yield _listed(uid, data)

    def structure(self, uid: int) -> Part | None:
        """UNDESCRIBED where nobody understands it, None if the message is gone."""
        with self._request():
            found = self._client.fetch([uid], ["RFC822.SIZE", "BODYSTRUCTURE"]).get(uid, {})
            if b"RFC822.SIZE" not in found:
                return None
            size_bytes = int(found[b"RFC822.SIZE"])
        try:
            structure = parse_structure(found.get(b"BODYSTRUCTURE"))
        except UnknownStructure:
            structure = UNDESCRIBED
        return replace(structure, size_bytes=size_bytes) if structure.is_multipart else structure

    def sections(self, uid: int, sections: Iterable[str]) -> dict[str, bytes] | None:
        """By name, such as `1.MIME`. None if the message is gone."""
        wanted = list(dict.fromkeys(sections))
        with self._request():
            found = self._client.fetch([uid], [f"BODY.PEEK[{name}]" for name in wanted]).get(uid)
        if found is None:
            return None
        values = {name: found.get(f"BODY[{name}]".encode()) for name in wanted}
        if any(not isinstance(value, bytes) for value in values.values()):
            return None
        return values

    def is_alive(self) -> bool:
        """A server ends sessions that say nothing for long."""
        if time.monotonic() - self.used_at < _FRESH_S:
            return True
        try:
            with self._request():
                self._client.noop()
        except (SourceUnavailable, CommandRefused):
            return False
        return True

    def close(self) -> None:
        """Say goodbye, if there is still somebody to hear it."""
        with contextlib.suppress(SourceUnavailable, CommandRefused), translated():
            self._client.logout()
        self.abandon()

    def abandon(self) -> None:
        """Close the connection without a word."""
        with contextlib.suppress(OSError):
            self._client.shutdown()

    def _search(self, criteria: list[Any]) -> list[int]:
        with self._request():
            return sorted(self._client.search(criteria))

    @contextmanager
    def _request(self) -> Iterator[None]:
        """For one command and the making sense of its answer."""
        self._context.pacer.wait()
        with translated():
            yield
        self.used_at = time.monotonic()


def _folder(flags: Sequence[bytes], delimiter: bytes | None, name: str) -> Folder:
    separator = delimiter.decode("ascii", "replace") if delimiter else "/"
    roles = (flag.decode("ascii", "replace").lstrip("\\").lower() for flag in flags)
    return Folder(
        name=name,
        path="/".join(part.replace("/", "-") for part in name.split(separator)),
        uses=frozenset(roles),
    )


def _listed(uid: int, data: dict[bytes, Any]) -> ListedMessage:
    received = data.get(b"INTERNALDATE")
    received_at = received.astimezone(UTC) if isinstance(received, datetime) else _UNKNOWN_TIME
    header = next((v for k, v in data.items() if k.startswith(b"BODY[HEADER.FIELDS")), b"")
    try:
        structure = parse_structure(data.get(b"BODYSTRUCTURE"))
    except UnknownStructure:
        structure = None
    head = parse_head(header or b"", received_at=received_at, size_bytes=data[b"RFC822.SIZE"])
    return ListedMessage(uid=uid, head=head, structure=structure)
