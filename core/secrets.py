"""The instance's own secret, and what is derived from it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from core.errors import ConfigurationError

_SECRET_BYTES = 32


def load_or_create_secret(path: Path) -> bytes:
    """The 32 random bytes in `path`, made on first use and readable by this user alone.

    Raises ConfigurationError when the file holds anything else.
    """
    if not path.exists():
        _create_secret(path)
    secret = path.read_bytes()
    if len(secret) != _SECRET_BYTES:
        raise ConfigurationError(
            f"{path} must hold exactly {_SECRET_BYTES} bytes. Restore it from a backup; "
            "without it, API keys made earlier cannot be recognised."
        )
    return secret


def _create_secret(path: Path) -> None:
    """Under its name only once it is whole: a process killed meanwhile leaves no empty secret."""
    # mkstemp's files are readable by this user alone.
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        os.unlink(part)


def keyed_hash(secret: bytes, value: str) -> str:
    """HMAC-SHA-256 in hex: comparable, and useless to someone who has only the catalog."""
    return hmac.new(secret, value.encode("utf-8"), hashlib.sha256).hexdigest()
