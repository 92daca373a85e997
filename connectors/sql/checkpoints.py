"""Where a listing of rows can be taken up again."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.contract import Checkpoint, CheckpointExpired
from connectors.sql.config import SqlConfig


class ListingState(BaseModel):
    """`base` is the snapshot to compare with (None: everything is to be named). Of a listing that
    has not ended, `snapshot` is its own, and `after` the id of the last document named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1] = 1
    scope: str
    base: str | None = None
    snapshot: str | None = None
    after: str | None = None

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.model_dump_json())


def parse_checkpoint(checkpoint: Checkpoint, *, scope: str) -> ListingState:
    """Raises CheckpointExpired if it is not one of ours, or of this scope."""
    try:
        state = ListingState.model_validate_json(checkpoint)
    except ValidationError as error:
        raise CheckpointExpired("The checkpoint is not one of this kind of source.") from error
    if state.scope != scope:
        raise CheckpointExpired("The source was configured differently at the checkpoint.")
    if state.base is None and state.snapshot is None:
        raise CheckpointExpired("The checkpoint names no listing.")
    return state


def scope_of(config: SqlConfig) -> str:
    """Differs between configurations that may name different documents."""
    data = config.model_dump_json(exclude={"statement_timeout_s", "allow_local"})
    return hashlib.sha256(data.encode()).hexdigest()[:16]
