"""Pushed documents: their bytes and what was said of them, kept until they are removed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import fsspec

from core.catalog.models import utc_now

_META = "meta.json"
_PIECE_BYTES = 1024**2


class UploadNotFound(KeyError):
    """The source has no such document, or it was removed."""


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
    meanwhile, finds the old version or the new one.
    """

    def __init__(self, root: str | Path) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(str(root))

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
        before = self._find(source_id, external_id)
        folder = self._folder(source_id, external_id)
        self._fs.makedirs(folder, exist_ok=True)
        content = f"content-{uuid4()}"
        digest = hashlib.sha256()
        size_bytes = 0
        with self._fs.open(f"{folder}/{content}", "wb") as file:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                size_bytes += len(piece)
                file.write(piece)
        said = {"path": path, "mime": mime, "acl": acl, "sha256": digest.hexdigest()}
        if before is not None and not before.is_removed and _differs_in_nothing(before, said):
            self._fs.rm_file(f"{folder}/{content}")
            return before, False
        upload = Upload(
            external_id=external_id,
            path=path,
            mime=mime,
            acl=acl,
            sha256=digest.hexdigest(),
            size_bytes=size_bytes,
            updated_at=utc_now(),
            is_removed=False,
            content=content,
        )
        self._replace(folder, upload, before)
        return upload, True

    def remove(self, source_id: str, external_id: str) -> None:
        """Delete the bytes and leave a mark. Raises UploadNotFound."""
        before = self._find(source_id, external_id)
        if before is None or before.is_removed:
            raise UploadNotFound(external_id)
        removed = Upload(
            **{**_fields(before), "is_removed": True, "content": "", "updated_at": utc_now()}
        )
        self._replace(self._folder(source_id, external_id), removed, before)

    def iter_uploads(self, source_id: str, *, after: str = "") -> Iterator[tuple[str, Upload]]:
        """Every upload with its place in the order, which is the same each time; lazily.

        `after` is a place: only what comes behind it is named.
        """
        with contextlib.suppress(FileNotFoundError):
            names = (
                folder.rstrip("/").rsplit("/", 1)[-1]
                for folder in self._fs.ls(f"{self._root}/{source_id}", detail=False)
            )
            for name in sorted(name for name in names if name > after):
                upload = self._read(f"{self._root}/{source_id}/{name}")
                if upload is not None:
                    yield name, upload

    @contextlib.contextmanager
    def open(self, source_id: str, external_id: str) -> Iterator[IO[bytes]]:
        """The bytes as they are now. Raises UploadNotFound."""
        with contextlib.ExitStack() as stack:
            # Twice: the content may be replaced between reading its name and opening it.
            for _ in range(2):
                upload = self._find(source_id, external_id)
                if upload is None or upload.is_removed:
                    break
                folder = self._folder(source_id, external_id)
                with contextlib.suppress(FileNotFoundError):
                    yield stack.enter_context(self._fs.open(f"{folder}/{upload.content}", "rb"))
                    return
            raise UploadNotFound(external_id)

    def _replace(self, folder: str, upload: Upload, before: Upload | None) -> None:
        part = f"{folder}/{_META}.{uuid4()}"
        fields = _fields(upload) | {"updated_at": upload.updated_at.isoformat()}
        self._fs.pipe_file(part, json.dumps(fields).encode())
        self._fs.mv(part, f"{folder}/{_META}")
        if before is not None and before.content:
            with contextlib.suppress(FileNotFoundError):
                self._fs.rm_file(f"{folder}/{before.content}")

    def _find(self, source_id: str, external_id: str) -> Upload | None:
        return self._read(self._folder(source_id, external_id))

    def _read(self, folder: str) -> Upload | None:
        try:
            stored: dict[str, Any] = json.loads(self._fs.cat_file(f"{folder}/{_META}"))
        except FileNotFoundError:
            # Its first version is still being written, or was never finished.
            return None
        acl = stored["acl"]
        return Upload(
            **stored
            | {
                "updated_at": datetime.fromisoformat(stored["updated_at"]),
                "acl": None if acl is None else tuple(acl),
            }
        )

    def _folder(self, source_id: str, external_id: str) -> str:
        name = hashlib.sha256(external_id.encode("utf-8")).hexdigest()
        return f"{self._root}/{source_id}/{name}"


def _differs_in_nothing(before: Upload, said: dict[str, Any]) -> bool:
    return said == {name: getattr(before, name) for name in said}


def _fields(upload: Upload) -> dict[str, Any]:
    return asdict(upload)
