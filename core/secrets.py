"""The instance's own secret, and what is derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from core.errors import ConfigurationError

_SECRET_BYTES = 32


def load_or_create_secret(path: Path) -> bytes:
    """The 32 random bytes in `path`, made on first use and readable by this user alone.

    Raises ConfigurationError when the file holds anything else.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_bytes()
        if len(secret) != _SECRET_BYTES:
            raise ConfigurationError(
                f"{path} must hold exactly {_SECRET_BYTES} bytes. Restore it from a backup; "
                "without it, API keys made earlier cannot be recognised."
            ) from None
        return secret
    with os.fdopen(descriptor, "wb") as file:
        secret = secrets.token_bytes(_SECRET_BYTES)
        file.write(secret)
        return secret


def keyed_hash(secret: bytes, value: str) -> str:
    """HMAC-SHA-256 in hex: comparable, and useless to someone who has only the catalog."""
    return hmac.new(secret, value.encode("utf-8"), hashlib.sha256).hexdigest()
