"""Bytes from elsewhere as a file that lives as long as a `with` block."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.contract import FileTooLarge


@contextmanager
def downloaded(pieces: Iterable[bytes], *, max_bytes: int) -> Iterator[Path]:
    """The pieces written one after the other. Raises FileTooLarge at the first byte too many."""
    with tempfile.NamedTemporaryFile(prefix="vouch-fetch-") as file:
        size = 0
        for piece in pieces:
            size += len(piece)
            require_size(size, max_bytes=max_bytes)
            file.write(piece)
        file.flush()
        yield Path(file.name)


def require_size(size_bytes: int, *, max_bytes: int) -> None:
    """Raises FileTooLarge above the limit."""
    if size_bytes > max_bytes:
        raise FileTooLarge(
            f"The file has more than {max_bytes:,} bytes, which is the limit.",
            limit_bytes=max_bytes,
        )
