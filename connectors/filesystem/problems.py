"""What is said about files and folders that cannot be listed or read."""

from __future__ import annotations

import errno

from connectors.contract import DocumentFailure

LINK = "Symbolic links are not followed. Copy the file itself here."
NOT_A_FILE = "This is a folder, device, socket or pipe, not a file."


def failure(path: str, code: str, detail: str) -> DocumentFailure:
    return DocumentFailure(external_id=path, path=path, code=code, detail=detail)


def why_unreadable(error: OSError) -> str:
    """What happened, and what to do where that is known."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "Permission denied. Let the user that runs Vouch read it."
    if error.errno == errno.ELOOP:
        return LINK
    return f"It cannot be read: {error.strerror}."
