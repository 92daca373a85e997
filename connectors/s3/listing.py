"""Where a listing stands: everything up to one key has been named."""

from __future__ import annotations

import hashlib
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.contract import Checkpoint, CheckpointExpired
from connectors.s3.config import S3Config


class Position(BaseModel):
    """Prefixes are sorted and do not overlap, so keys come in order over all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    scope: str
    """Of which keys `after` is one: another scope has named others."""
    after: str

    @classmethod
    def parse(cls, checkpoint: Checkpoint, *, scope: str) -> Self:
        """Raises CheckpointExpired unless it is of a listing of this very scope."""
        try:
            position = cls.model_validate_json(checkpoint)
        except ValidationError as error:
            raise CheckpointExpired("The checkpoint is not one of this kind of source.") from error
        if position.scope != scope:
            raise CheckpointExpired("The checkpoint is of another scope.")
        return position

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.model_dump_json())


def scope_of(config: S3Config) -> str:
    """A short name for what a configuration lists."""
    said = config.model_dump_json(
        include={"bucket", "endpoint_url", "prefixes", "include", "exclude"}
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def remaining(prefixes: tuple[str, ...], *, after: str | None) -> list[str]:
    """The prefixes that may have keys after this one."""
    if after is None:
        return list(prefixes)
    return [prefix for prefix in prefixes if prefix > after or after.startswith(prefix)]
