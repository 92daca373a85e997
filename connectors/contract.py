"""What a connector promises: it reports what its system says, and stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NewType, Protocol, Self

from pydantic import BaseModel

from core.errors import ConfigurationError, TransientError

Checkpoint = NewType("Checkpoint", str)


class DocumentVanished(TransientError):
    """The document was listed, and gone when it was fetched. The next listing settles it."""

    title = "Document vanished"


class DocumentUnreadable(TransientError):
    """The source names the document and will not hand it out. A permission may be granted later
    without a new revision, so the next sync asks again.
    """

    title = "Document unreadable"


class SourceUnavailable(TransientError):
    """The source did not answer; a later attempt may succeed."""

    title = "Source unavailable"


class SourceMisconfigured(ConfigurationError):
    """The source cannot be read as registered: its owner must act."""

    title = "Source misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRef:
    """One document as the listing shows it.

    `external_id` names it within its source for ever; `revision` is opaque and changes whenever the
    content may have. `path` uses "/" and is what people filter by. `acl` is None where the system
    does not say who may read: the source's registration then decides.
    """

    external_id: str
    revision: str
    path: str
    uri: str
    mime: str | None = None
    size_bytes: int | None = None
    updated_at: datetime | None = None
    acl: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFailure:
    """A document that the listing met and cannot offer. It counts as present, not as deleted."""

    external_id: str
    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFailure:
    """A part of the listing that failed: documents under `path_prefix` are not known to be gone."""

    path_prefix: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """The last item of every listing.

    `is_complete` says that every document outside the failed parts was named: only then may the
    caller take a missing one for deleted. `checkpoint` is where a later listing may resume, if
    the system can.
    """

    is_complete: bool
    checkpoint: Checkpoint | None = None


ListingItem = DocumentRef | DocumentFailure | ListingFailure | ListingEnd


class Connector(Protocol):
    """One configured source."""

    kind: ClassVar[str]
    config_type: ClassVar[type[BaseModel]]
    reads_this_machine: ClassVar[bool]
    """Whether its scope is this machine's own files, which only an admin may open to others."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Raises SourceMisconfigured when `config` does not fit `config_type`."""
        ...

    def check(self) -> None:
        """Raise SourceMisconfigured if this configuration cannot read its scope."""
        ...

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        """What changed after `since` (None: everything), lazily; repeats are allowed, gaps are not.

        Ends with one ListingEnd.
        """
        ...

    def fetch(self, ref: DocumentRef) -> AbstractContextManager[Path]:
        """The document's bytes as a local file, valid inside the `with` block.

        Raises DocumentVanished, DocumentUnreadable, or SourceUnavailable.
        """
        ...
