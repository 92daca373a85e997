"""Which paths are documents of a source."""

from __future__ import annotations

from connectors.filesystem.globs import glob_pattern
from connectors.git.config import GitConfig


class Selection:
    """Those that one of `include` matches, if there are any, and none of `exclude`."""

    def __init__(self, config: GitConfig) -> None:
        self._include = [glob_pattern(glob) for glob in config.include]
        self._exclude = [glob_pattern(glob) for glob in config.exclude]

    def has(self, path: bytes) -> bool:
        """A path that is not UTF-8 is matched by what people see of it."""
        shown = shown_path(path)
        if self._include and not any(pattern.fullmatch(shown) for pattern in self._include):
            return False
        return not any(pattern.fullmatch(shown) for pattern in self._exclude)


def shown_path(path: bytes) -> str:
    """As text; bytes that are not UTF-8 as `\\xE9`."""
    return path.decode("utf-8", "backslashreplace")
