"""Normalised texts by document and version, in a folder or any store that fsspec speaks to."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Protocol

import fsspec

from core.chunks import DocumentId


class TextNotFound(KeyError):
    """No text is stored for this document and version."""


class TextStore(Protocol):
    """Where quotes are checked against: immutable texts, keyed by document and version."""

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        """Raises TextNotFound when there is none."""
        ...

    def put_text(self, document_id: DocumentId, text_version: str, text: str) -> None: ...

    def delete_document(self, document_id: DocumentId, *, keep: str | None = None) -> None:
        """Delete every version of the document's text except `keep`. Idempotent."""
        ...


class FsspecTextStore:
    """Texts as UTF-8 files `<root>/<document_id>/<text_version>.txt`."""

    def __init__(self, root: str | Path) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(str(root))

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        try:
            data: bytes = self._fs.cat_file(self._path(document_id, text_version))
        except FileNotFoundError as error:
            raise TextNotFound(f"{document_id}/{text_version}") from error
        return data.decode("utf-8")

    def put_text(self, document_id: DocumentId, text_version: str, text: str) -> None:
        target = self._path(document_id, text_version)
        self._fs.makedirs(f"{self._root}/{document_id}", exist_ok=True)
        # A reader must never see half a text: write beside it, then rename.
        self._fs.pipe_file(f"{target}.part", text.encode("utf-8"))
        self._fs.mv(f"{target}.part", target)

    def delete_document(self, document_id: DocumentId, *, keep: str | None = None) -> None:
        folder = f"{self._root}/{document_id}"
        with contextlib.suppress(FileNotFoundError):
            if keep is None:
                self._fs.rm(folder, recursive=True)
                return
            for path in self._fs.ls(folder, detail=False):
                if path.rsplit("/", 1)[-1] != f"{keep}.txt":
                    self._fs.rm_file(path)

    def _path(self, document_id: DocumentId, text_version: str) -> str:
        return f"{self._root}/{document_id}/{text_version}.txt"
