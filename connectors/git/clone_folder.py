"""The folder that a clone is in: who may write to it, and whether what it holds is whole."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from connectors.contract import SourceUnavailable

_LOCK_TIMEOUT_S = 900.0
_LOOK_EVERY_S = 0.05
_MAX_PACKS = 100
"""Each fetch that brings something adds one. Beyond these a new clone is quicker to read."""
_MANIFEST = "vouch-packs.json"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone with this file, among all threads and processes of this machine.

    Raises SourceUnavailable where it takes too long, or the file cannot be made.
    """
    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cache_failure(error) from error
        try:
            if _try_lock(descriptor, path):
                yield
                return
        finally:
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise SourceUnavailable(
                "Another worker has been fetching this repository for too long.",
                retry_after_s=60,
            )
        time.sleep(_LOOK_EVERY_S)


def is_sound(folder: Path) -> bool:
    """Whether the packs of the last fetch are all there, whole, and not too many."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        packs = folder / "objects" / "pack"
        is_whole = all((packs / name).stat().st_size == size for name, size in manifest.items())
    except (OSError, ValueError, AttributeError):
        return False
    # A pack is two files.
    return is_whole and len(manifest) <= 2 * _MAX_PACKS


def write_manifest(folder: Path) -> None:
    """Say which packs there are now. Raises OSError."""
    packs = (folder / "objects" / "pack").iterdir()
    sizes = {path.name: path.stat().st_size for path in packs if path.suffix in {".pack", ".idx"}}
    replace_file(folder / _MANIFEST, [json.dumps(sizes)])


def forget_manifest(folder: Path) -> None:
    """No clone without one counts as sound."""
    (folder / _MANIFEST).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a killed fetch left behind; with the lock held nobody else is writing."""
    objects = folder / "objects"
    for pattern in ("tmp_pack_*", "incoming-*", "pack/tmp*", "pack/*.lock"):
        _unlink_all(objects.glob(pattern))
    _unlink_all((folder / "refs").rglob("*.lock"))
    _unlink_all(p for p in objects.glob("pack/*.pack") if not p.with_suffix(".idx").exists())


def _unlink_all(paths: Iterator[Path]) -> None:
    for path in list(paths):
        with suppress(FileNotFoundError):
            path.unlink()


def replace_file(path: Path, pieces: Iterable[str]) -> None:
    """Write it whole or not at all. Raises OSError."""
    aside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with aside.open("w", encoding="ascii") as file:
            file.writelines(pieces)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def cache_failure(error: OSError) -> SourceUnavailable:
    return SourceUnavailable(
        "The clone of the repository cannot be written on this machine.",
        operator_detail=f"{error.strerror}: {error.filename}",
    )


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever emptied the cache took the file away, and the next one locks another.
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
