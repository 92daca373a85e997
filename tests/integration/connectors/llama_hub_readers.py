"""LlamaIndex readers with the habits of published ones, good and bad."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from llama_index.core import SimpleDirectoryReader
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

MODULE = "llama_index.readers.vouch_tests"


class FolderReader(BaseReader):
    """Files below a folder, one at a time, with their paths for names."""

    def __init__(self, root: Path, pattern: str = "*") -> None:
        if not isinstance(root, Path):
            raise TypeError("JSON has no paths: the connector must make one")
        self._root = root
        self._pattern = pattern

    def lazy_load_data(self, *args: Any, **load_kwargs: Any) -> Iterator[Document]:
        return self._walk(self._root)

    def _walk(self, folder: Path) -> Iterator[Document]:
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if path.is_dir():
                yield from self._walk(path)
            elif path.match(self._pattern):
                yield Document(
                    text=path.read_bytes().decode(),
                    metadata={
                        "file_path": str(path.relative_to(self._root)),
                        "last_accessed": uuid.uuid4().hex,
                    },
                )


class ListReader(BaseReader):
    """Documents as given; fails before one whose text says so, with the secret in its message."""

    def __init__(self, documents: list[dict[str, Any]], token: str = "") -> None:
        if token == "malformed":
            raise ValueError(f"{token} is no token")
        self._documents = documents
        self._token = token

    def load_data(self, *args: Any, **load_kwargs: Any) -> list[Document]:
        return list(self._iter())

    def _iter(self) -> Iterator[Document]:
        for fields in self._documents:
            if fields.get("text") == "FAIL":
                raise ConnectionError(f"GET /?key={self._token} refused\nbody of the answer")
            yield Document(**fields)


class LazyListReader(ListReader):
    def lazy_load_data(self, *args: Any, **load_kwargs: Any) -> Iterator[Document]:
        return self._iter()


class TextReader(BaseReader):
    """Not documents at all."""

    def load_data(self, *args: Any, **load_kwargs: Any) -> list[Any]:
        return ["text"]


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make them importable below `llama_index.readers`, like an installed package."""
    module = ModuleType(MODULE)
    for reader_type in (FolderReader, ListReader, LazyListReader, TextReader):
        monkeypatch.setattr(reader_type, "__module__", MODULE)
        setattr(module, reader_type.__name__, reader_type)
    # What a module may have imported is not its own.
    module.SimpleDirectoryReader = SimpleDirectoryReader  # type: ignore[attr-defined]
    module.BaseReader = BaseReader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
