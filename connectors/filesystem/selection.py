"""Which files of a folder are documents."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.filesystem.globs import glob_pattern

ACCESS_FILE = ".vouch-access.yaml"


class Selection:
    """By globs over paths that are relative to the root."""

    def __init__(self, *, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = [glob_pattern(glob) for glob in include]
        self._exclude = [glob_pattern(glob) for glob in exclude]
        # What matches anything below a folder need not be looked at there.
        self._below = [glob_pattern(glob) for glob in exclude if glob.endswith("**")]

    def has_file(self, path: str) -> bool:
        """Whether this is a document. A file that says who may read is none."""
        if path.rpartition("/")[2] == ACCESS_FILE:
            return False
        if self._include and not any(pattern.fullmatch(path) for pattern in self._include):
            return False
        return not any(pattern.fullmatch(path) for pattern in self._exclude)

    def has_folder(self, path: str) -> bool:
        """Whether to look for documents below."""
        return not (
            any(pattern.fullmatch(path) for pattern in self._exclude)
            or any(pattern.fullmatch(f"{path}/") for pattern in self._below)
        )
