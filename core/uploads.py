"""Documents that were pushed: their bytes and what was said of them, until they are removed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from core.catalog.models import utc_now

_META = "meta.json"
_PIECE_BYTES = 1024**2
_LOCKS = 64


class UploadNotFound(KeyError):
    """The source has no such document, or it was removed."""


class UploadDamaged(ValueError):
    """What was said of an upload is not what was written. Pushing the document again mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One pushed document. A removed one stays as a mark, so that the next listing can say so."""

    external_id: str
    path: str
    mime: str | None
    acl: tuple[str, ...] | None
    sha256: str
    size_bytes: int
    updated_at: datetime
    is_removed: bool
    content: str
    """The name of the file with its bytes."""


class UploadStore:
    """Uploads by source in a folder or any store that fsspec speaks to.

    `<root>/<source>/<hash of external id>/` holds `meta.json` and the content that it names. The
    content is written first and `meta.json` replaced in one step, so whoever is killed, or reads
    meanwhile, finds the old version or the new one. Anything else in there is what a kill left
    behind, and goes with the next change. Many threads may write, but of one process alone.
    """

    def __init__(self, root: str | Path) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(str(root))
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def put(
        self,
        source_id: str,
        external_id: str,
        stream: IO[bytes],
        *,
        path: str,
        mime: str | None,
        acl: tuple[str, ...] | None,
    ) -> tuple[Upload, bool]:
        """Store a version, and say whether anything differs from the one before."""
        folder = self._folder(source_id, external_id)
        with self._changing(folder):
            before = None
            with contextlib.suppress(UploadDamaged):
                before = self._read(folder)
            content = f"content-{uuid4()}"
            sha256, size_bytes = self._write_content(f"{folder}/{content}", stream)
            said = {"path": path, "mime": mime, "acl": acl, "sha256": sha256, "is_removed": False}
            if before is not None and not _differs(before, said):
                return before, False
            upload = Upload(
                external_id=external_id,
                path=path,
                mime=mime,
                acl=acl,
                sha256=sha256,
                size_bytes=size_bytes,
                updated_at=utc_now(),
                is_removed=False,
                content=content,
            )
            self._write_meta(folder, upload)
            return upload, True

    def remove(self, source_id: str, external_id: str) -> None:
        """Delete the bytes and leave a mark. Raises UploadNotFound, UploadDamaged."""
        folder = self._folder(source_id, external_id)
        if not self._fs.isdir(folder):
            raise UploadNotFound(external_id)
        with self._changing(folder):
            before = self._read(folder)
            if before is None or before.is_removed:
                raise UploadNotFound(external_id)
            mark = {"is_removed": True, "content": "", "updated_at": utc_now()}
            self._write_meta(folder, Upload(**asdict(before) | mark))

    def remove_source(self, source_id: str) -> None:
        """Delete all that was pushed to the source, marks included. Idempotent."""
        folder = f"{self._root}/{source_id}"
        if self._fs.exists(folder):
            self._fs.rm(folder, recursive=True)

    def iter_uploads(
        self, source_id: str, *, after: str = ""
    ) -> Iterator[tuple[str, Upload | None]]:
        """Every upload with its place in the order, which is the same each time; lazily.

        `after` is a place: only what comes behind it is named. None stands for a damaged upload.
        """
        try:
            folders = self._fs.ls(f"{self._root}/{source_id}", detail=False)
        except FileNotFoundError:
            return
        names = (folder.rstrip("/").rsplit("/", 1)[-1] for folder in folders)
        for name in sorted(name for name in names if name > after):
            try:
                upload = self._read(f"{self._root}/{source_id}/{name}")
            except UploadDamaged:
                yield name, None
            else:
                if upload is not None:
                    yield name, upload

    @contextlib.contextmanager
    def open(self, source_id: str, external_id: str) -> Iterator[IO[bytes]]:
        """The bytes as they are now. Raises UploadNotFound, UploadDamaged."""
        folder = self._folder(source_id, external_id)
        stream = None
        # Twice: the content may be replaced between reading its name and opening it.
        for _ in range(2):
            upload = self._read(folder)
            if upload is None or upload.is_removed:
                break
            with contextlib.suppress(FileNotFoundError):
                stream = self._fs.open(f"{folder}/{upload.content}", "rb")
                break
        if stream is None:
            raise UploadNotFound(external_id)
        with stream:
            yield stream

    @contextlib.contextmanager
    def _changing(self, folder: str) -> Iterator[None]:
        """One change of the upload at a time. Whatever comes of it, it leaves no stray bytes."""
        with self._locks[int(folder[-4:], 16) % _LOCKS]:
            self._fs.makedirs(folder, exist_ok=True)
            try:
                yield
            finally:
                self._tidy(folder)

    def _tidy(self, folder: str) -> None:
        """Delete what `meta.json` does not name: it may be what somebody had removed."""
        try:
            upload = self._read(folder)
        except UploadDamaged:
            return
        named = {_META} if upload is None else {_META, upload.content}
        for path in self._fs.ls(folder, detail=False):
            if path.rsplit("/", 1)[-1] not in named:
                self._fs.rm_file(path)

    def _write_content(self, path: str, stream: IO[bytes]) -> tuple[str, int]:
        """The hash and the number of the bytes written."""
        digest = hashlib.sha256()
        size_bytes = 0

        def pieces() -> Iterator[bytes]:
            nonlocal size_bytes
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                size_bytes += len(piece)
                yield piece

        self._write(path, pieces())
        return digest.hexdigest(), size_bytes

    def _write_meta(self, folder: str, upload: Upload) -> None:
        part = f"{folder}/{_META}.{uuid4()}"
        fields = asdict(upload) | {"updated_at": upload.updated_at.isoformat()}
        self._write(part, [json.dumps(fields).encode()])
        self._fs.mv(part, f"{folder}/{_META}")

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        with self._fs.open(path, "wb") as file:
            for piece in pieces:
                file.write(piece)
            if isinstance(self._fs, LocalFileSystem):
                # Else a name may outlive its bytes when the power fails.
                file.flush()
                os.fsync(file.fileno())

    def _read(self, folder: str) -> Upload | None:
        """Raises UploadDamaged."""
        try:
            stored: dict[str, Any] = json.loads(self._fs.cat_file(f"{folder}/{_META}"))
            acl = stored["acl"]
            return Upload(
                **stored
                | {
                    "updated_at": datetime.fromisoformat(stored["updated_at"]),
                    "acl": None if acl is None else tuple(acl),
                }
            )
        except FileNotFoundError:
            # Its first version is still being written, or was never finished.
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UploadDamaged(folder) from error

    def _folder(self, source_id: str, external_id: str) -> str:
        name = hashlib.sha256(external_id.encode("utf-8")).hexdigest()
        return f"{self._root}/{source_id}/{name}"


def _differs(before: Upload, said: dict[str, Any]) -> bool:
    return said != {name: getattr(before, name) for name in said}
