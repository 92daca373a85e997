"""Documents that were pushed: listed from where the API put them, like any other system's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentRef,
    DocumentRemoved,
    DocumentVanished,
    ListingEnd,
    ListingItem,
    Milestone,
    SourceMisconfigured,
)
from connectors.downloads import downloaded
from connectors.upload.config import UploadConfig
from core.uploads import Upload, UploadNotFound, UploadStore

_MILESTONE_EVERY = 500
_PIECE_BYTES = 1024**2
_CHECKPOINT = "upload/1/after/"
_PLACE_CHARS = 64


class UploadConnector:
    """Lists every upload of its source. A removal is a person's command, and is not guarded."""

    kind: ClassVar[str] = "upload"
    config_type: ClassVar[type[BaseModel]] = UploadConfig
    credentials_type: ClassVar[type[BaseModel] | None] = None
    capabilities: ClassVar[Capabilities] = Capabilities(
        reports_access=True, removals_are_commands=True
    )

    def __init__(self, context: ConnectorContext) -> None:
        self._context = context

    @classmethod
    def open(cls, config: UploadConfig, credentials: None, context: ConnectorContext) -> Self:
        return cls(context)

    def check(self) -> None:
        self._store()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        store = self._store()
        after = "" if since is None else _parse(since)
        uploads = store.iter_uploads(self._context.source_id, after=after)
        for number, (place, upload) in enumerate(uploads, start=1):
            if upload.is_removed:
                yield DocumentRemoved(external_id=upload.external_id)
            else:
                yield _reference(upload)
            if number % _MILESTONE_EVERY == 0:
                yield Milestone(checkpoint=Checkpoint(f"{_CHECKPOINT}{place}"))
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        store = self._store()
        try:
            with (
                store.open(self._context.source_id, ref.external_id) as stream,
                downloaded(_pieces(stream), max_bytes=self._context.max_file_bytes) as path,
            ):
                yield path
        except UploadNotFound as error:
            raise DocumentVanished("The document was removed before it was read.") from error

    def close(self) -> None:
        """It holds nothing open."""

    def _store(self) -> UploadStore:
        if self._context.uploads is None:
            raise SourceMisconfigured("This program has no place for uploads.")
        return self._context.uploads


def _reference(upload: Upload) -> DocumentRef:
    return DocumentRef(
        external_id=upload.external_id,
        # With its type, because the same bytes may be read by another parser.
        revision=f"{upload.sha256}-{upload.mime or ''}",
        path=upload.path,
        uri=f"upload:{upload.path}",
        mime=upload.mime,
        size_bytes=upload.size_bytes,
        updated_at=upload.updated_at,
        acl=upload.acl,
    )


def _parse(since: Checkpoint) -> str:
    place = since.removeprefix(_CHECKPOINT)
    if len(since) != len(_CHECKPOINT) + _PLACE_CHARS or place == since:
        raise CheckpointExpired("This is not a place in a listing of uploads.")
    return place


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE_BYTES):
        yield piece
