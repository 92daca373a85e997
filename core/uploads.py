"""Temporary."""

from __future__ import annotations

from pathlib import Path


class UploadStore:
    def __init__(self, root: Path) -> None:
        self._root = root
