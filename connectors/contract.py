"""What a connector promises: it reports what its system says, and stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, NewType, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from connectors.context import ConnectorContext
from core.errors import ConfigurationError, PermanentError, TransientError

Checkpoint = NewType("Checkpoint", str)


class DocumentVanished(TransientError):
    """The document was listed, and gone when it was fetched. The next listing settles it."""

    title = "Document vanished"


class DocumentUnreadable(TransientError):
    """The source names the document and will not hand it out. A permission may be granted later
    without a new revision, so the next sync asks again.
    """

    title = "Document unreadable"


class FileTooLarge(PermanentError):
    """The document has more bytes than `ConnectorContext.max_file_bytes`; fetching it stopped."""

    title = "File too large"


class SourceUnavailable(TransientError):
    """The source did not answer, or asked to wait (`retry_after_s`); later it may."""

    title = "Source unavailable"


class SourceMisconfigured(ConfigurationError):
    """The source cannot be read as registered: its owner must act."""

    title = "Source misconfigured"


class CredentialsRefused(SourceMisconfigured):
    """The system does not take the credentials (any more), or they do not reach the scope."""

    title = "Credentials refused"


class CheckpointExpired(SourceMisconfigured):
    """The system cannot list changes since this checkpoint. The caller lists everything instead."""

    title = "Checkpoint expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRef:
    """One document as the listing shows it.

    `external_id` names it within its source for ever; `revision` is opaque and changes whenever the
    content may have. `path` uses "/" and is what people filter by. `acl` is None where the system
    does not say who may read: its parent's list then decides, or the source's registration. A
    document whose access is unknown in a system that has permissions has an empty list: nobody.
    `parent_id` is the external id of the document that it is attached to.
    """

    external_id: str
    revision: str
    path: str
    uri: str
    mime: str | None = None
    size_bytes: int | None = None
    updated_at: datetime | None = None
    acl: tuple[str, ...] | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFailure:
    """A document that the listing met and cannot offer. It counts as present, not as deleted."""

    external_id: str
    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRemoved:
    """The system says that this document is gone. Its children go with it."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFailure:
    """A part of the listing that failed: documents under `path_prefix` are not known to be gone."""

    path_prefix: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Everything before this point of the listing stands: `discover(checkpoint)` goes on after it.

    The caller keeps it with the documents named so far, so that a listing that fails half way, or
    whose worker is killed, is not begun again.
    """

    checkpoint: Checkpoint


class Coverage(StrEnum):
    """What may be concluded from a document that a listing, resumed or not, did not name."""

    EVERYTHING = "everything"
    """Every document outside the failed parts was named: a missing one is gone."""
    CHANGES = "changes"
    """Every change since the checkpoint was named: a missing one is as it was."""
    PARTIAL = "partial"
    """Nothing: the listing had to stop early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """The last item of every listing. With `checkpoint`, a later one may list changes alone."""

    coverage: Coverage
    checkpoint: Checkpoint | None = None


ListingItem = (
    DocumentRef | DocumentFailure | DocumentRemoved | ListingFailure | Milestone | ListingEnd
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a kind of connector can do, and how hard it may press its system by default."""

    lists_changes: bool = False
    """Whether `discover` with an earlier listing's checkpoint names changes alone."""
    reports_access: bool = False
    """Whether its references say who may read."""
    reads_this_machine: bool = False
    """Whether its scope is this machine's own files, which only an admin may open to others. A kind
    that does so by choice has a configuration field `allow_local`, which only an admin may set.
    """
    removals_are_commands: bool = False
    """Whether a DocumentRemoved is a person's explicit wish, which the deletion guard lets pass."""
    max_requests_per_s: float | None = None
    """None: as fast as the system answers."""
    max_concurrent_fetches: int = 4
    """How many jobs of a source fetch at once, where its registration does not say."""


class Connector(Protocol):
    """One configured source, open. Safe to `fetch` from several threads."""

    kind: ClassVar[str]
    config_type: ClassVar[type[BaseModel]]
    credentials_type: ClassVar[type[BaseModel] | None]
    """None: the system needs no credentials. Secret fields are pydantic's SecretStr."""
    capabilities: ClassVar[Capabilities]

    @classmethod
    def open(cls, config: Any, credentials: Any, context: ConnectorContext) -> Self:
        """Make one from a valid `config_type` and `credentials_type` (None: none were given).

        Reaches for nothing yet. Raises SourceMisconfigured when the two do not fit together.
        """
        ...

    def check(self) -> None:
        """Raise unless this configuration reads its scope right now.

        Raises SourceMisconfigured (CredentialsRefused), SourceUnavailable, and what
        `ConnectorContext.egress` raises. A scope that does not exist fails here and in `discover`;
        it is never an empty listing.
        """
        ...

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        """What there is (None), or what changed or is still to be listed after `since`, lazily.

        Repeats are allowed, gaps are not; a parent comes before its children. Ends with one
        ListingEnd. Raises what `check` raises, and CheckpointExpired.
        """
        ...

    def fetch(self, ref: DocumentRef) -> AbstractContextManager[Path]:
        """The document's bytes as a local file, valid inside the `with` block.

        Raises DocumentVanished, DocumentUnreadable, FileTooLarge, CredentialsRefused,
        SourceUnavailable, and what `ConnectorContext.egress` raises. Half a document is
        SourceUnavailable, never a shorter document.
        """
        ...

    def close(self) -> None:
        """Let go of connections and temporary files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as the system knows it, nested ones resolved; its token is `group:NAME`."""

    name: str
    members: tuple[str, ...]
    """Users as in `user:NAME`."""


@runtime_checkable
class ListsGroups(Protocol):
    """What a connector also has whose system knows who is in which group."""

    def list_groups(self) -> Iterator[Group]:
        """Every group that its access lists may name, lazily. Raises what `check` raises."""
        ...
