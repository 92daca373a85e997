"""Documents of a LlamaIndex reader. Each listing runs the reader: comparing finds the changes."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentRef,
    DocumentVanished,
    ListingEnd,
    ListingItem,
    SourceMisconfigured,
)
from connectors.downloads import downloaded
from connectors.llama_hub.config import LlamaHubConfig, LlamaHubCredentials
from connectors.llama_hub.entries import Entry, entries
from connectors.llama_hub.reader import Reader
from connectors.llama_hub.snapshot import Snapshot, digest_of


class LlamaHubConnector:
    """Lists what the reader gives, and keeps the texts until they are fetched.

    Where the cache was emptied meanwhile, the first fetch runs the reader again.
    """

    kind: ClassVar[str] = "llama_hub"
    config_type: ClassVar[type[BaseModel]] = LlamaHubConfig
    credentials_type: ClassVar[type[BaseModel] | None] = LlamaHubCredentials
    # A reader's arguments may name any file or address of this machine, and it connects as it
    # likes, past the egress policy: so it is for admins.
    capabilities: ClassVar[Capabilities] = Capabilities(reads_this_machine=True)

    def __init__(self, config: LlamaHubConfig, reader: Reader, context: ConnectorContext) -> None:
        self._config = config
        self._reader = reader
        self._context = context
        self._snapshot = Snapshot(context.cache_dir / "texts")
        self._refill_lock = threading.Lock()
        self._is_refilled = False

    @classmethod
    def open(
        cls,
        config: LlamaHubConfig,
        credentials: LlamaHubCredentials | None,
        context: ConnectorContext,
    ) -> Self:
        secrets = credentials.init.get_secret_value() if credentials is not None else {}
        if twice := sorted(secrets.keys() & config.init.keys()):
            raise SourceMisconfigured(f"Both config and credentials have init.{twice[0]}.")
        reader = Reader(config.reader, init=config.init, secrets=secrets, load=config.load)
        return cls(config, reader, context)

    def check(self) -> None:
        with closing(self._entries()) as found:
            next(found, None)

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        if since is not None:
            raise CheckpointExpired("A reader cannot resume, or list changes alone.")
        seen: dict[bytes, bytes] = {}
        with closing(self._entries()) as found:
            for entry in found:
                digest, revision = digest_of(entry.external_id), bytes.fromhex(entry.revision)[:16]
                if seen.setdefault(digest, revision) != revision:
                    raise _two_with_one_id(entry)
                self._snapshot.put(entry.external_id, entry.content)
                yield _reference(entry)
        self._snapshot.keep_only(seen)
        self._is_refilled = False
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        content = self._snapshot.find(ref.external_id)
        if content is None:
            content = self._read_again(ref.external_id)
        with downloaded([content], max_bytes=self._context.max_file_bytes) as path:
            yield path

    def close(self) -> None:
        """It holds nothing open."""

    def _entries(self) -> Generator[Entry, None, None]:
        self._context.pacer.wait()
        with closing(self._reader.read()) as documents:
            yield from entries(documents, self._config)

    def _read_again(self, external_id: str) -> bytes:
        """One run for all the documents that are missing, however many are asked for."""
        with self._refill_lock:
            content = self._snapshot.find(external_id)
            if content is None and not self._is_refilled:
                with closing(self._entries()) as found:
                    for entry in found:
                        self._snapshot.put(entry.external_id, entry.content)
                self._is_refilled = True
                content = self._snapshot.find(external_id)
        if content is None:
            raise DocumentVanished("The reader no longer gives this document.")
        return content


def _reference(entry: Entry) -> DocumentRef:
    return DocumentRef(
        external_id=entry.external_id,
        revision=entry.revision,
        path=entry.path,
        uri=entry.uri,
        mime=entry.mime,
        size_bytes=len(entry.content),
    )


def _two_with_one_id(entry: Entry) -> SourceMisconfigured:
    return SourceMisconfigured(
        f"Two documents have the id {entry.external_id!r}. Name metadata in id_metadata that are "
        "different for each document."
    )
