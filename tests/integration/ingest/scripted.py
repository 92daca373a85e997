"""A source whose system does what a test says: it fails, stops, and lists changes on command.

No server can be told to fail at a given item, so the engine's answers to failures are tested with
this one; it passes the conformance kit (`test_scripted.py`) as the real ones do.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    CredentialsRefused,
    DocumentRef,
    DocumentRemoved,
    DocumentVanished,
    FileTooLarge,
    Group,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
)


@dataclass(slots=True)
class World:
    """What the system holds, and what it is to do next."""

    documents: dict[str, bytes] = field(default_factory=dict)
    acls: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    """Of those whose path is not their id."""
    dates: dict[str, datetime] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """Paths in the order in which they changed; a change listing's checkpoint is a place in it."""
    milestone_every: int = 0
    failed_part: tuple[int, str] | None = None
    """After so many listed items, this part of the listing is said to have failed."""
    failures: list[tuple[int, Exception]] = field(default_factory=list)
    """After so many more listed items, each raised once."""
    listed: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    password: str | None = None
    forget_checkpoints: bool = False
    gate: threading.Event | None = None
    """Listings and fetches wait for it, where it is given."""

    def put(self, path: str, content: bytes | str) -> None:
        self.documents[path] = content.encode() if isinstance(content, str) else content
        self.log.append(path)

    def delete(self, path: str) -> None:
        del self.documents[path]
        self.log.append(path)


WORLDS: dict[str, World] = {}
"""By name, as in the configuration."""


class ScriptedConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    world: str
    lists_changes: bool = True


class ScriptedCredentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    password: SecretStr


class ScriptedConnector:
    kind: ClassVar[str] = "scripted"
    config_type: ClassVar[type[BaseModel]] = ScriptedConfig
    credentials_type: ClassVar[type[BaseModel] | None] = ScriptedCredentials
    capabilities: ClassVar[Capabilities] = Capabilities(lists_changes=True, reports_access=True)

    def __init__(
        self,
        config: ScriptedConfig,
        credentials: ScriptedCredentials | None,
        context: ConnectorContext,
    ) -> None:
        self._config = config
        self._credentials = credentials
        self._context = context

    @classmethod
    def open(
        cls,
        config: ScriptedConfig,
        credentials: ScriptedCredentials | None,
        context: ConnectorContext,
    ) -> Self:
        return cls(config, credentials, context)

    def check(self) -> None:
        self._world()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        world = self._world()
        kind, at, upto = _parse(since, world)
        log_end = len(world.log) if upto is None else upto
        if kind == "changes":
            paths = list(dict.fromkeys(world.log[at:]))
            at = 0
        else:
            paths = sorted(world.documents, key=lambda path: (path in world.parents, path))
        for number, path in enumerate(paths[at:], start=at + 1):
            if world.failed_part is not None and world.failed_part[0] == number - 1:
                yield ListingFailure(
                    path_prefix=world.failed_part[1], code="part_failed", detail="It failed."
                )
            self._wait(world)
            _meet_failure(world)
            world.listed.append(path)
            if path in world.documents:
                yield self._reference(world, path)
            else:
                yield DocumentRemoved(external_id=path)
            if kind == "all" and world.milestone_every and number % world.milestone_every == 0:
                yield Milestone(checkpoint=Checkpoint(f"all:{number}:{log_end}"))
        yield ListingEnd(
            coverage=Coverage.CHANGES if kind == "changes" else Coverage.EVERYTHING,
            checkpoint=(Checkpoint(f"changes:{log_end}:") if self._config.lists_changes else None),
        )

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        world = self._world()
        self._wait(world)
        world.fetched.append(ref.external_id)
        content = world.documents.get(ref.external_id)
        if content is None:
            raise DocumentVanished("It is gone.")
        if len(content) > self._context.max_file_bytes:
            raise FileTooLarge("It is too large.")
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield Path(file.name)

    def list_groups(self) -> Iterator[Group]:
        for name, members in self._world().groups.items():
            yield Group(name=name, members=members)

    def close(self) -> None:
        """It holds nothing open."""

    def _world(self) -> World:
        world = WORLDS.get(self._config.world)
        if world is None:
            raise SourceMisconfigured(f"There is no world {self._config.world!r}.")
        given = None if self._credentials is None else self._credentials.password
        if world.password is not None and (
            given is None or given.get_secret_value() != world.password
        ):
            raise CredentialsRefused("The password is wrong. Give the source the right one.")
        return world

    def _reference(self, world: World, path: str) -> DocumentRef:
        content = world.documents[path]
        return DocumentRef(
            external_id=path,
            revision=hashlib.sha256(content).hexdigest(),
            path=world.paths.get(path, path),
            uri=f"scripted://{world.paths.get(path, path)}",
            updated_at=world.dates.get(path),
            size_bytes=len(content),
            acl=world.acls.get(path),
            parent_id=world.parents.get(path),
        )

    def _wait(self, world: World) -> None:
        if world.gate is not None:
            world.gate.wait(timeout=30)


def _meet_failure(world: World) -> None:
    for number, (after, error) in enumerate(world.failures):
        if after == 0:
            del world.failures[number]
            raise error
        world.failures[number] = (after - 1, error)


def _parse(since: Checkpoint | None, world: World) -> tuple[str, int, int | None]:
    """Kind of listing, where it begins, and where the log was when the listing first began."""
    if since is None:
        return "all", 0, None
    try:
        kind, at, upto = since.split(":")
        parsed = (kind, int(at), int(upto) if upto else None)
    except ValueError:
        raise CheckpointExpired("This is no checkpoint of mine.") from None
    if kind not in ("all", "changes") or world.forget_checkpoints:
        raise CheckpointExpired("That is too long ago.")
    return parsed
