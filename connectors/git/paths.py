"""Paths in a repository, which are bytes."""

from __future__ import annotations


def shown_path(path: bytes) -> str:
    """As text, which is also what globs match; bytes that are not UTF-8 as `\\xE9`."""
    return path.decode("utf-8", "backslashreplace")
