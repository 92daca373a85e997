"""Storing what was pushed, and seeing that it is indexed."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from core.access import parse_acl
from core.catalog.models import RunScope, RunState
from core.identity import Caller
from core.runs import RunStore, refuse_removed
from core.sources import SourceStore
from core.uploads import UploadNotFound, UploadStore
from serving.problems import FieldProblem
from serving.uploads.errors import (
    InvalidExternalId,
    NotAnUploadSource,
    PushedDocumentNotFound,
    UploadTooLarge,
)
from serving.uploads.receiving import require_size
from serving.uploads.schemas import UploadReceipt, UploadResult

_KIND = "upload"
_MAX_ID_CHARS = 1_000
# What clients send that do not know; it would hide what the name tells.
_GENERIC_MIMES = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded"})


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
        self.require_upload_source(caller, source_id)
        access = None if acl is None else parse_acl(acl)
        results: list[UploadResult] = []
        changes: list[datetime] = []
        for file in files:
            try:
                result, changed_at = self._store_one(
                    source_id, *file, acl=access, path=path or file[0]
                )
                results.append(result)
                changes.append(changed_at)
            except (InvalidExternalId, UploadTooLarge) as error:
                if len(files) == 1:
                    raise
                problem = FieldProblem(pointer=f"#/files/{len(results)}", detail=error.detail)
                results.append(UploadResult(external_id=file[0], status="refused", problem=problem))
        is_changed = any(result.status == "stored" for result in results)
        run = None
        if is_changed or (changes and not self._is_run_since(caller, source_id, max(changes))):
            run = self._runs.request(caller, source_id)
        return UploadReceipt(source_id=source_id, results=results, run_id=run.id if run else None)

    def remove(self, caller: Caller, source_id: str, external_id: str) -> UploadReceipt:
        """Take a document back.

        Raises SourceNotFound, NotAnUploadSource, PushedDocumentNotFound.
        """
        self.require_upload_source(caller, source_id)
        try:
            self._store.remove(source_id, external_id)
        except UploadNotFound as error:
            raise PushedDocumentNotFound(
                f"The source has no document {external_id!r} that was pushed."
            ) from error
        run = self._runs.request(caller, source_id)
        result = UploadResult(external_id=external_id, status="removed")
        return UploadReceipt(source_id=source_id, results=[result], run_id=run.id)

    def require_upload_source(self, caller: Caller, source_id: str) -> None:
        """Raises SourceNotFound, SourceBeingRemoved, NotAnUploadSource."""
        source = self._sources.get_source(caller, source_id)
        refuse_removed(source)
        if source.kind != _KIND:
            raise NotAnUploadSource(
                f"{source.name!r} is of the kind {source.kind!r}, which is pulled from. Register "
                "a source of the kind 'upload' to push to."
            )

    def _is_run_since(self, caller: Caller, source_id: str, changed_at: datetime) -> bool:
        """Whether a run has listed the change, or will.

        Not so where the change was stored by a process that was killed before it asked for a run.
        """
        return any(
            run.created_at > changed_at
            and not run.dry_run
            and run.scope != RunScope.FAILURES
            and run.state not in (RunState.FAILED, RunState.CANCELLED)
            for run in self._runs.list_runs(caller, source_id)
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
    ) -> tuple[UploadResult, datetime]:
        """Also when the version was stored, now or before. Raises InvalidExternalId,
        UploadTooLarge.
        """
        self._require_acceptable(external_id, stream)
        _require_name(path, "path")
        known_mime = (mime or "").partition(";")[0].strip().lower()
        upload, is_changed = self._store.put(
            source_id,
            external_id,
            stream,
            path=path,
            mime=mimetypes.guess_type(path)[0] if known_mime in _GENERIC_MIMES else known_mime,
            acl=acl,
        )
        status = "stored" if is_changed else "unchanged"
        return UploadResult(external_id=external_id, status=status), upload.updated_at

    def _require_acceptable(self, external_id: str, stream: IO[bytes]) -> None:
        _require_name(external_id, "external id")
        size_bytes = stream.seek(0, 2)
        stream.seek(0)
        require_size(size_bytes, max_bytes=self._max_file_bytes)


def _require_name(name: str, what: str) -> None:
    if not 0 < len(name) <= _MAX_ID_CHARS or not name.isprintable():
        raise InvalidExternalId(
            f"A document's {what} has 1 to {_MAX_ID_CHARS} printable characters. Name the file, "
            "or give `external_id` and `path`."
        )
