"""Documents in a mailbox: a thread of messages is one, and a file attached to one its child."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CredentialsRefused,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingItem,
)
from connectors.downloads import downloaded, require_size
from connectors.imap import assembly
from connectors.imap.client import ImapClient
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.errors import CommandRefused
from connectors.imap.mirror import Mirror
from connectors.imap.session import Session
from connectors.imap.structure import Part
from connectors.imap.syncing import MailboxSync
from connectors.imap.threads import AttachedFile, Thread, ThreadMessage
from connectors.media_types import media_type_of
from connectors.snapshots.comparing import ListingState, Step, changes, scope_of
from connectors.snapshots.folder import SnapshotFolder

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]+")
_NO_SUBJECT = "(no subject)"


class ImapConnector:
    """A listing first learns which messages came and went, then names threads from what it knows.

    A thread's name is its first message's id, its revision made of the messages in it.
    """

    kind: ClassVar[str] = "imap"
    config_type: ClassVar[type[BaseModel]] = ImapConfig
    credentials_type: ClassVar[type[BaseModel] | None] = ImapCredentials
    capabilities: ClassVar[Capabilities] = Capabilities(
        lists_changes=True, max_concurrent_fetches=2
    )

    def __init__(
        self,
        config: ImapConfig,
        credentials: ImapCredentials,
        context: ConnectorContext,
        *,
        milestone_every: int = 500,
    ) -> None:
        self._context = context
        self._client = ImapClient(config, credentials, context)
        self._scope = scope_of(config.model_dump_json(), credentials.username)
        folder = context.cache_dir / "imap"
        self._snapshots = SnapshotFolder(folder / "listings")
        self._mirror = Mirror(folder, min_image_bytes=config.min_image_bytes, scope=self._scope)
        self._sync = MailboxSync(config, self._client, self._mirror)
        self._milestone_every = milestone_every

    @classmethod
    def open(
        cls, config: ImapConfig, credentials: ImapCredentials | None, context: ConnectorContext
    ) -> Self:
        if credentials is None:
            raise CredentialsRefused("A mailbox needs a user name, and a password or a token.")
        return cls(config, credentials, context)

    def check(self) -> None:
        with self._client.session() as session:
            self._sync.folders(session)

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        state = ListingState.of(since, scope=self._scope)
        with closing(self._steps(state.after)) as steps:
            yield from changes(
                state, steps, folder=self._snapshots, milestone_every=self._milestone_every
            )

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        thread, _, file = ref.external_id.partition("/")
        with (
            closing(self._fetch_file(thread, file) if file else self._fetch_thread(thread)) as all_,
            downloaded(all_, max_bytes=self._context.max_file_bytes) as path,
        ):
            yield path

    def close(self) -> None:
        self._client.close()

    def _steps(self, after: str | None) -> Generator[Step, None, None]:
        with ExitStack() as stack:
            with self._mirror.alone():
                failures = self._sync.run()
                threads = stack.enter_context(self._mirror.threads(after=after))
            yield None, failures
            for thread in threads:
                yield thread.name, list(_references(thread))

    def _fetch_thread(self, name: str) -> Generator[bytes, None, None]:
        """A single message as it is, several as the parts of one."""
        thread = self._find(name)
        with self._client.session() as session:
            if len(thread.messages) == 1:
                yield from self._message(session, thread.messages[0], among_others=False)
                return
            digest = assembly.Digest(
                thread.messages[0].subject, boundary=f"thread-{_revision(thread)}"
            )
            yield digest.begin()
            for message in thread.messages:
                yield digest.next()
                yield from self._message(session, message, among_others=True)
                yield digest.after()
            yield digest.end()

    def _fetch_file(self, name: str, file: str) -> Generator[bytes, None, None]:
        key, _, section = file.partition("/")
        message = next((m for m in self._find(name).messages if m.key == key), None)
        if message is None:
            raise _vanished()
        with self._client.session() as session:
            structure = self._open(session, message)
            part = next((leaf for leaf in structure.leaves() if leaf.section == section), None)
            if part is None:
                raise _vanished()
            content = self._sections(session, message, structure, [section])[section]
        try:
            yield assembly.decoded(content, part.encoding)
        except ValueError as error:
            raise DocumentUnreadable("The attached file is damaged.") from error

    def _message(
        self, session: Session, message: ThreadMessage, *, among_others: bool
    ) -> Iterator[bytes]:
        structure = self._open(session, message)
        if structure.is_encrypted and among_others:
            sections = self._sections(session, message, structure, ["HEADER"])
            yield from assembly.sealed(sections["HEADER"])
            return
        wanted = assembly.sections_of(structure)
        yield from assembly.message(structure, self._sections(session, message, structure, wanted))

    def _open(self, session: Session, message: ThreadMessage) -> Part:
        """Raises DocumentVanished, after which the next listing knows better."""
        try:
            if session.open(message.folder) != message.uid_validity:
                raise _vanished()
            structure = session.structure(message.uid)
        except CommandRefused as error:
            raise DocumentUnreadable(
                f"The mail server does not open the folder: {error}"
            ) from error
        if structure is None:
            raise _vanished()
        return structure

    def _sections(
        self, session: Session, message: ThreadMessage, structure: Part, wanted: list[str]
    ) -> dict[str, bytes]:
        announced = assembly.size_of(structure, wanted)
        # Encoded, a file is larger by a third and its line ends.
        require_size(announced // 3 * 2, max_bytes=self._context.max_file_bytes)
        try:
            sections = session.sections(message.uid, wanted)
        except CommandRefused as error:
            raise DocumentUnreadable(f"The mail server keeps the message: {error}") from error
        if sections is None:
            raise _vanished()
        return sections

    def _find(self, name: str) -> Thread:
        """From what is known, and where the cache was emptied, from the server again."""
        thread = self._mirror.find_thread(name)
        if thread is None:
            with self._mirror.alone():
                self._sync.run()
            thread = self._mirror.find_thread(name)
        if thread is None:
            raise _vanished()
        return thread


def _references(thread: Thread) -> Iterator[DocumentRef]:
    """The thread, and the files of its messages."""
    first, last = thread.messages[0], thread.messages[-1]
    subject = _UNSAFE.sub("-", first.subject) or _NO_SUBJECT
    path = f"{first.path}/{subject}.eml"
    yield DocumentRef(
        external_id=thread.name,
        revision=_revision(thread),
        path=path,
        uri=_uri(first),
        mime=assembly.MIME,
        updated_at=last.date,
    )
    for message in thread.messages:
        for file in message.files:
            yield DocumentRef(
                external_id=f"{thread.name}/{message.key}/{file.section}",
                revision=message.key,
                path=f"{path}/{_UNSAFE.sub('-', file.name)}",
                uri=_uri(message),
                mime=_mime(file),
                updated_at=message.date,
                parent_id=thread.name,
            )


def _revision(thread: Thread) -> str:
    keys = ",".join(message.key for message in thread.messages)
    return hashlib.sha256(keys.encode()).hexdigest()[:32]


def _uri(message: ThreadMessage) -> str:
    """By which a mail program opens the message (RFC 2392)."""
    return f"mid:{quote(message.message_id, safe='@')}"


def _mime(file: AttachedFile) -> str:
    """Many programs send every file as a stream of bytes."""
    if file.mime == "application/octet-stream":
        return media_type_of(file.name) or file.mime
    return file.mime


def _vanished() -> DocumentVanished:
    return DocumentVanished("The message was gone when it was to be read.")
