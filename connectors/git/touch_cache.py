"""The dates of a listing, kept beside the clone: the next walk ends where this one began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from connectors.git.clone_folder import replace_file
from connectors.git.history import TouchTimes


def load_touch_times(folder: Path, *, fingerprint: str) -> TouchTimes | None:
    """None where there are none, or none that can be read."""
    try:
        with _path(folder, fingerprint).open(encoding="ascii") as file:
            commit = next(file).strip().encode("ascii")
            pairs = (line.split() for line in file)
            return TouchTimes(
                commit=commit, times={unquote_to_bytes(path): int(time) for time, path in pairs}
            )
    except (OSError, ValueError, StopIteration):
        return None


def save_touch_times(folder: Path, times: TouchTimes, *, fingerprint: str) -> None:
    """Does nothing where the folder is gone."""
    with suppress(OSError):
        replace_file(_path(folder, fingerprint), _lines(times))


def _lines(times: TouchTimes) -> Iterator[str]:
    yield f"{times.commit.decode('ascii')}\n"
    for path, time in times.times.items():
        yield f"{time} {quote_from_bytes(path)}\n"


def _path(folder: Path, fingerprint: str) -> Path:
    return folder / f"vouch-dates-{fingerprint}.txt"
