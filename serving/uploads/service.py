"""Storing what was pushed, and seeing that it is indexed."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import IO

from core.access import parse_acl
from core.identity import Caller
from core.runs import RunStore
from core.sources import SourceStore
from core.uploads import UploadNotFound, UploadStore
from serving.problems import FieldProblem
from serving.uploads.errors import (
    InvalidExternalId,
    NotAnUploadSource,
    PushedDocumentNotFound,
    UploadTooLarge,
)
from serving.uploads.schemas import UploadReceipt, UploadResult

_KIND = "upload"
_MAX_ID_CHARS = 1_000
_GENERIC_MIME = "application/octet-stream"


class UploadService:
    """Pushes documents into sources of the caller's."""

    def __init__(
        self, *, sources: SourceStore, runs: RunStore, store: UploadStore, max_file_bytes: int
    ) -> None:
        self._sources = sources
        self._runs = runs
        self._store = store
        self._max_file_bytes = max_file_bytes

    @property
    def max_file_bytes(self) -> int:
        return self._max_file_bytes

    def push(
        self,
        caller: Caller,
        source_id: str,
        files: Sequence[tuple[str, str | None, IO[bytes]]],
        *,
        acl: Sequence[str] | None,
        path: str | None = None,
    ) -> UploadReceipt:
        """Store files given as external id, MIME type and bytes. Of several, a bad one loses no
        other and is refused in the receipt.

        `path` is what people filter by, by default the external id. Raises SourceNotFound,
        NotAnUploadSource, InvalidAccessToken; for a single file InvalidExternalId, UploadTooLarge.
        """
        self._require_upload_source(caller, source_id)
        access = None if acl is None else parse_acl(acl)
        results = []
        for file in files:
            try:
                results.append(self._store_one(source_id, *file, acl=access, path=path or file[0]))
            except (InvalidExternalId, UploadTooLarge) as error:
                if len(files) == 1:
                    raise
                problem = FieldProblem(pointer=f"#/files/{len(results)}", detail=error.detail)
                results.append(UploadResult(external_id=file[0], status="refused", problem=problem))
        is_changed = any(result.status == "stored" for result in results)
        run = self._runs.request(caller, source_id) if is_changed else None
        return UploadReceipt(source_id=source_id, results=results, run_id=run.id if run else None)

    def remove(self, caller: Caller, source_id: str, external_id: str) -> UploadReceipt:
        """Take a document back.

        Raises SourceNotFound, NotAnUploadSource, PushedDocumentNotFound.
        """
        self._require_upload_source(caller, source_id)
        try:
            self._store.remove(source_id, external_id)
        except UploadNotFound as error:
            raise PushedDocumentNotFound(
                f"The source has no document {external_id!r} that was pushed."
            ) from error
        run = self._runs.request(caller, source_id)
        result = UploadResult(external_id=external_id, status="stored")
        return UploadReceipt(source_id=source_id, results=[result], run_id=run.id)

    def _require_upload_source(self, caller: Caller, source_id: str) -> None:
        source = self._sources.get_source(caller, source_id)
        if source.kind != _KIND:
            raise NotAnUploadSource(
                f"{source.name!r} is of the kind {source.kind!r}, which is pulled from. Register "
                "a source of the kind 'upload' to push to."
            )

    def _store_one(
        self,
        source_id: str,
        external_id: str,
        mime: str | None,
        stream: IO[bytes],
        *,
        acl: tuple[str, ...] | None,
        path: str,
    ) -> UploadResult:
        """Raises InvalidExternalId, UploadTooLarge."""
        self._require_acceptable(external_id, stream)
        # Clients that do not know send the generic type, which would hide what the name tells.
        known_mime = None if mime == _GENERIC_MIME else mime
        _, is_changed = self._store.put(
            source_id,
            external_id,
            stream,
            path=path,
            mime=known_mime or mimetypes.guess_type(path)[0],
            acl=acl,
        )
        return UploadResult(external_id=external_id, status="stored" if is_changed else "unchanged")

    def _require_acceptable(self, external_id: str, stream: IO[bytes]) -> None:
        if not 0 < len(external_id) <= _MAX_ID_CHARS or not external_id.isprintable():
            raise InvalidExternalId(
                f"An external id has 1 to {_MAX_ID_CHARS} printable characters. Name the file, or "
                "give `external_id`."
            )
        size_bytes = stream.seek(0, 2)
        stream.seek(0)
        if size_bytes > self._max_file_bytes:
            raise UploadTooLarge(
                f"The file is larger than the limit of {self._max_file_bytes:,} bytes.",
                limit_bytes=self._max_file_bytes,
            )
