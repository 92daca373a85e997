"""The texts of one run of the reader, kept in a folder that may be emptied at any time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Container
from pathlib import Path


class Snapshot:
    """One file for each document, by a digest of its id. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, external_id: str, content: bytes) -> None:
        """Keep it, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix="new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(name, self._folder / digest_of(external_id).hex())
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def find(self, external_id: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / digest_of(external_id).hex()).read_bytes()
        return None

    def keep_only(self, digests: Container[bytes]) -> None:
        """Delete every other document."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as scan:
            for entry in scan:
                if not _is_one_of(entry.name, digests):
                    Path(entry.path).unlink(missing_ok=True)


def digest_of(external_id: str) -> bytes:
    """16 bytes: a listing holds one for each document."""
    return hashlib.blake2b(
        external_id.encode("utf-8", errors="surrogatepass"), digest_size=16
    ).digest()


def _is_one_of(name: str, digests: Container[bytes]) -> bool:
    try:
        return bytes.fromhex(name) in digests
    except ValueError:
        return False
