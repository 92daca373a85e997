"""An Unpacked on its way from the child process to its parent, which trusts none of it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.unpacking.contract import Member, MemberFailure, Unpacked


def to_reply(unpacked: Unpacked) -> dict[str, Any]:
    """As JSON-ready data; members are the files 0, 1, … of the folder that both sides know."""
    return {
        "members": [
            [
                *(member.name, member.mime, int(member.file.name)),
                *(member.size_bytes, member.content_hash),
                None if member.modified_at is None else member.modified_at.timestamp(),
            ]
            for member in unpacked.members
        ],
        "failures": [[failure.name, failure.code, failure.detail] for failure in unpacked.failures],
    }


def from_reply(reply: dict[str, Any], *, into: Path) -> Unpacked:
    """Raises ValueError unless every member is a regular file in `into` of the stated size."""
    try:
        members = tuple(_member(values, into) for values in reply["members"])
        failures = tuple(
            MemberFailure(name=str(name), code=str(code), detail=str(detail))
            for name, code, detail in reply["failures"]
        )
    except (KeyError, TypeError, OverflowError, OSError) as error:
        raise ValueError("the reply names no files that are there") from error
    return Unpacked(members=members, failures=failures)


def _member(values: list[Any], into: Path) -> Member:
    name, mime, number, size_bytes, content_hash, modified_at = values
    file = into / str(int(number))
    # Not followed: a link could lead to any file that this process may read.
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size != size_bytes:
        raise ValueError(f"member {number} is not the file that the reply states")
    return Member(
        name=str(name),
        mime=None if mime is None else str(mime),
        file=file,
        size_bytes=status.st_size,
        content_hash=str(content_hash),
        modified_at=None if modified_at is None else datetime.fromtimestamp(modified_at, UTC),
    )
