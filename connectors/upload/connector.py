"""Documents that were pushed: listed from where the API put them, like any other system's."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, ClassVar, Self
from urllib.parse import quote

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentRef,
    DocumentRemoved,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import downloaded
from connectors.upload.config import UploadConfig
from core.uploads import Upload, UploadDamaged, UploadNotFound, UploadStore

_PIECE_BYTES = 1024**2
_CHECKPOINT = "upload/1/after/"
_PLACE = re.compile("[0-9a-f]{64}")
_DAMAGED = "A pushed document is damaged where it is stored. Push it again."


class UploadConnector:
    """Lists every upload of its source. A removal is a person's command, and is not guarded."""

    kind: ClassVar[str] = "upload"
    config_type: ClassVar[type[BaseModel]] = UploadConfig
    credentials_type: ClassVar[type[BaseModel] | None] = None
    capabilities: ClassVar[Capabilities] = Capabilities(
        reports_access=True, removals_are_commands=True
    )
    milestone_every: ClassVar[int] = 500

    def __init__(self, context: ConnectorContext) -> None:
        self._context = context

    @classmethod
    def open(cls, config: UploadConfig, credentials: None, context: ConnectorContext) -> Self:
        return cls(context)

    def check(self) -> None:
        self._store()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        store = self._store()
        try:
            yield from self._items(store, after="" if since is None else _parse(since))
        except OSError as error:
            raise _unavailable(error) from error
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        store = self._store()
        with ExitStack() as stack:
            # Only what happens here is translated, and not what the reader of the file meets.
            try:
                stream = stack.enter_context(store.open(self._context.source_id, ref.external_id))
                path = stack.enter_context(
                    downloaded(_pieces(stream), max_bytes=self._context.max_file_bytes)
                )
            except UploadNotFound as error:
                raise DocumentVanished("The document was removed before it was read.") from error
            except UploadDamaged as error:
                raise DocumentUnreadable(_DAMAGED) from error
            except OSError as error:
                raise _unavailable(error) from error
            yield path

    def close(self) -> None:
        """It holds nothing open."""

    def _items(self, store: UploadStore, *, after: str) -> Iterator[ListingItem]:
        uploads = store.iter_uploads(self._context.source_id, after=after)
        for number, (place, upload) in enumerate(uploads, start=1):
            if upload is None:
                # Which document it is cannot be said, so none may be taken for a deleted one.
                yield ListingFailure(path_prefix="", code="upload_damaged", detail=_DAMAGED)
            elif upload.is_removed:
                yield DocumentRemoved(external_id=upload.external_id)
            else:
                yield _reference(upload)
            if number % self.milestone_every == 0:
                yield Milestone(checkpoint=Checkpoint(f"{_CHECKPOINT}{place}"))

    def _store(self) -> UploadStore:
        if self._context.uploads is None:
            raise SourceMisconfigured("This program has no place for uploads.")
        return self._context.uploads


def _reference(upload: Upload) -> DocumentRef:
    # The same bytes may be read by another parser under another name or type.
    said = json.dumps([upload.sha256, upload.mime, upload.path]).encode()
    return DocumentRef(
        external_id=upload.external_id,
        revision=hashlib.sha256(said).hexdigest(),
        path=upload.path,
        uri=f"upload:{quote(upload.path)}",
        mime=upload.mime,
        size_bytes=upload.size_bytes,
        updated_at=upload.updated_at,
        acl=upload.acl,
    )


def _parse(since: Checkpoint) -> str:
    place = since.removeprefix(_CHECKPOINT)
    if place == since or not _PLACE.fullmatch(place):
        raise CheckpointExpired("This is not a place in a listing of uploads.")
    return place


def _unavailable(error: OSError) -> SourceUnavailable:
    return SourceUnavailable(
        "The place where pushed documents are kept cannot be read. Tell the operator.",
        operator_detail=str(error),
    )


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE_BYTES):
        yield piece
