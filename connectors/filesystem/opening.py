"""Opening what is a regular file, and nothing else."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

from connectors.filesystem.problems import LINK, NOT_A_FILE


class NotAFile(OSError):
    """A link, folder, device, socket or pipe."""


@contextmanager
def opened_file(location: bytes) -> Iterator[BufferedReader]:
    """The file, to be read. Raises NotAFile, OSError; waits for no pipe."""
    try:
        # Opening, and not only looking, finds a missing permission.
        descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotAFile(errno.ELOOP, LINK) from error
        if error.errno == errno.ENXIO:  # A socket, or a pipe that nobody writes to.
            raise NotAFile(errno.ENXIO, NOT_A_FILE) from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotAFile(errno.EINVAL, NOT_A_FILE)
        yield file


def read_small(location: bytes, max_bytes: int) -> bytes:
    """The whole file. Raises NotAFile, OSError, the latter for too large a file as well."""
    with opened_file(location) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it has more than {max_bytes:,} bytes")
    return content


def content_hash(location: bytes) -> str:
    """Of the bytes alone. Raises NotAFile, OSError."""
    with opened_file(location) as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
