"""Where a listing stands, as the string that the sync engine keeps."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from connectors.contract import Checkpoint, CheckpointExpired
from connectors.git.config import GitConfig

_VERSION = 1
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A point in a listing of `commit`, or its end where `after` is None.

    `base` is the commit whose difference to `commit` is listed; None lists all of `commit`. A
    commit of None is a repository without any.
    """

    fingerprint: str
    commit: bytes | None
    after: bytes | None = None
    """The last path that was listed."""
    base: bytes | None = None
    is_difference: bool = False
    """Tells the difference to an empty repository from a listing of everything."""

    def as_checkpoint(self) -> Checkpoint:
        data: dict[str, Any] = {
            "v": _VERSION,
            "fingerprint": self.fingerprint,
            "commit": _text(self.commit),
        }
        if self.after is not None:
            # Quoted, because a path need not be valid UTF-8.
            data |= {
                "after": quote_from_bytes(self.after),
                "base": _text(self.base),
                "is_difference": self.is_difference,
            }
        return Checkpoint(json.dumps(data))


def parse_checkpoint(checkpoint: Checkpoint, *, fingerprint: str) -> Position:
    """Raises CheckpointExpired for another configuration's checkpoint, or none of ours."""
    try:
        data = json.loads(checkpoint)
        if data["v"] != _VERSION:
            raise ValueError("another version")
        position = Position(
            fingerprint=str(data["fingerprint"]),
            commit=_object_id(data["commit"]),
            after=unquote_to_bytes(data["after"]) if "after" in data else None,
            base=_object_id(data.get("base")),
            is_difference=bool(data.get("is_difference", False)),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointExpired("This is not a checkpoint of a git source.") from error
    if position.fingerprint != fingerprint:
        raise CheckpointExpired(
            "The source's repository, branch, folder or globs have changed since this checkpoint."
        )
    return position


def fingerprint_of(config: GitConfig) -> str:
    """Changes with whatever decides which documents there are."""
    scope = [config.url, config.branch, config.subtree, config.include, config.exclude]
    return hashlib.sha256(json.dumps(scope).encode()).hexdigest()[:32]


def is_object_id(text: str) -> bool:
    """Whether it is the name of an object, of the older or the newer sort."""
    return _OBJECT_ID.fullmatch(text) is not None


def _text(object_id: bytes | None) -> str | None:
    return None if object_id is None else object_id.decode("ascii")


def _object_id(value: Any) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str) or not is_object_id(value):
        raise ValueError("not an object id")
    return value.encode("ascii")
