"""A connector over a dictionary, to be broken in one place at a time."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.conformance import ConnectorConformance, Fault
from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Connector,
    Coverage,
    CredentialsRefused,
    DocumentRef,
    DocumentRemoved,
    DocumentVanished,
    Group,
    ListingEnd,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import downloaded

PAGE = 2


@dataclass
class Stored:
    content: bytes
    version: int
    acl: tuple[str, ...] = ()
    parent: str | None = None


@dataclass
class MemorySystem:
    """Documents by path, and a journal of which changed when."""

    documents: dict[str, Stored] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)
    pending: list[tuple[int, Fault]] = field(default_factory=list)
    requests: int = 0

    def change(self, path: str, stored: Stored | None) -> None:
        self.journal.append(path)
        if stored is None:
            del self.documents[path]
        else:
            self.documents[path] = stored

    def request(self) -> Fault | None:
        """Count a request. Returns the fault that it meets."""
        met = next((item for item in self.pending if item[0] == self.requests), None)
        self.requests += 1
        if met is None:
            return None
        self.pending.remove(met)
        return met[1]


class MemoryConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    exists: bool = True


class MemoryCredentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr


class MemoryConnector:
    """Keeps the contract. Pages of a few documents, a journal for changes, files for fetches."""

    kind: ClassVar[str] = "memory"
    config_type: ClassVar[type[BaseModel]] = MemoryConfig
    credentials_type: ClassVar[type[BaseModel] | None] = MemoryCredentials
    capabilities: ClassVar[Capabilities] = Capabilities(lists_changes=True, reports_access=True)

    def __init__(self, system: MemorySystem, *, exists: bool, max_file_bytes: int) -> None:
        self.system = system
        self.exists = exists
        self.max_file_bytes = max_file_bytes
        self.is_closed = False

    @classmethod
    def open(cls, config: Any, credentials: Any, context: ConnectorContext) -> Self:
        return cls(MemorySystem(), exists=config.exists, max_file_bytes=context.max_file_bytes)

    def check(self) -> None:
        self.ask()
        if not self.exists:
            raise SourceMisconfigured("There is no such memory.")

    def ask(self) -> Fault | None:
        """One request to the system. The fault that becomes no error is half a response."""
        fault = self.system.request()
        match fault:
            case Fault.RATE_LIMITED | Fault.SERVER_ERROR | Fault.TIMEOUT:
                raise SourceUnavailable("Try again later.")
            case Fault.RATE_LIMITED_WITH_RETRY_AFTER:
                raise SourceUnavailable("Try again in a second.", retry_after_s=1.0)
            case Fault.CREDENTIALS_EXPIRED:
                raise CredentialsRefused("The token has expired.")
        return fault

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        self.check()
        if since is None:
            yield from self.list_all("", len(self.system.journal))
            return
        stored = self.parse(since)
        if "after" in stored:
            yield from self.list_all(stored["after"], stored["position"])
        else:
            yield from self.list_changes(stored["position"])

    def parse(self, since: Checkpoint) -> dict[str, Any]:
        try:
            stored = json.loads(since)
            if stored["memory"] == 1:
                return dict(stored)
        except (ValueError, KeyError, TypeError):
            pass
        raise CheckpointExpired("This is not a checkpoint of a memory.")

    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        while page := self.page(after):
            # As the page was: the system may change before the last item is asked for.
            yield from [self.reference(path) for path in page]
            after = page[-1]
            yield Milestone(checkpoint=self.milestone(after, position))
        yield ListingEnd(coverage=Coverage.EVERYTHING, checkpoint=self.checkpoint(position))

    def page(self, after: str) -> list[str]:
        if self.ask() is Fault.HALF_RESPONSE:
            raise SourceUnavailable("Half a page came.")
        return sorted(path for path in self.system.documents if path > after)[:PAGE]

    def milestone(self, after: str, position: int) -> Checkpoint:
        return Checkpoint(json.dumps({"memory": 1, "after": after, "position": position}))

    def checkpoint(self, position: int) -> Checkpoint:
        return Checkpoint(json.dumps({"memory": 1, "position": position}))

    def list_changes(self, position: int) -> Iterator[ListingItem]:
        if self.ask() is Fault.HALF_RESPONSE:
            raise SourceUnavailable("Half a journal came.")
        journal = self.system.journal
        while position < len(journal):
            path = journal[position]
            position += 1
            if path in self.system.documents:
                yield self.reference(path)
            else:
                yield DocumentRemoved(external_id=self.external_id(path))
            yield Milestone(checkpoint=self.checkpoint(position))
        yield ListingEnd(coverage=Coverage.CHANGES, checkpoint=self.checkpoint(position))

    def external_id(self, path: str) -> str:
        return f"id-of-{path}"

    def reference(self, path: str) -> DocumentRef:
        stored = self.system.documents[path]
        return DocumentRef(
            external_id=self.external_id(path),
            revision=str(stored.version),
            path=path,
            uri=f"memory:{path}",
            size_bytes=len(stored.content),
            acl=stored.acl,
            parent_id=None if stored.parent is None else self.external_id(stored.parent),
        )

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        fault = self.ask()
        stored = self.system.documents.get(ref.path)
        if stored is None:
            raise DocumentVanished("The document is gone.")
        with downloaded(self.pieces(stored.content, fault), max_bytes=self.max_file_bytes) as path:
            yield path

    def pieces(self, content: bytes, fault: Fault | None) -> Iterator[bytes]:
        half = len(content) // 2
        yield content[:half]
        if fault is Fault.HALF_RESPONSE:
            raise SourceUnavailable("Half a document came.")
        yield content[half:]

    def list_groups(self) -> Iterator[Group]:
        yield Group(name="hr", members=("ana@acme.test",))

    def close(self) -> None:
        self.is_closed = True


class MemoryWorld(ConnectorConformance):
    """The kit over a memory. Not collected: its name does not begin with Test."""

    system: MemorySystem
    connector_type: type[MemoryConnector] = MemoryConnector
    faults = frozenset(Fault)
    many = 300

    def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
        limit = 10**9 if max_file_bytes is None else max_file_bytes
        return self.connector_type(self.system, exists=True, max_file_bytes=limit)

    def make_misconfigured_connector(self) -> Connector:
        return self.connector_type(self.system, exists=False, max_file_bytes=10**9)

    def put(self, path: str, content: bytes) -> None:
        known = self.system.documents.get(path)
        acl = () if known is None else known.acl
        self.system.change(path, Stored(content, len(self.system.journal), acl))

    def put_child(self, parent: str, path: str, content: bytes) -> None:
        self.system.change(path, Stored(content, len(self.system.journal), parent=parent))

    def delete(self, path: str) -> None:
        children = [p for p, stored in self.system.documents.items() if stored.parent == path]
        for each in [*children, path]:
            self.system.change(each, None)

    def rename(self, old: str, new: str) -> None:
        stored = self.system.documents[old]
        self.system.change(old, None)
        self.system.change(new, stored)

    def grant(self, path: str, token: str) -> None:
        stored = self.system.documents[path]
        self.system.change(path, Stored(stored.content, stored.version, (*stored.acl, token)))

    def revoke(self, path: str, token: str) -> None:
        stored = self.system.documents[path]
        acl = tuple(other for other in stored.acl if other != token)
        self.system.change(path, Stored(stored.content, stored.version, acl))

    def put_many(self, count: int) -> None:
        for number in range(count):
            self.put(f"many/document-number-{number}.txt", b"x")

    def inject(self, fault: Fault, *, after: int = 0) -> None:
        self.system.pending.append((self.system.requests + after, fault))


def temporary_leftover(content: bytes) -> Path:
    """A file that nobody will remove."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(content)
    return Path(file.name)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
