"""What the filesystem connector needs to know."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.access_rules import AccessRule
from connectors.selection import Glob

ACCESS_FILE = ".vouch-access.yaml"
"""A file of this name says who may read the files around it, and is no document."""


class FilesystemConfig(BaseModel):
    """A folder on the machine that runs the workers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Path
    include: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """Which files are documents, by their paths relative to the root. Empty: all of them."""
    exclude: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """Which files and folders are not. A folder is left out with all that is below it."""
    access: Literal["rules", "posix", "sidecar"] = "rules"
    """Where it is said who may read: here, in the permission bits, or in `.vouch-access.yaml`."""
    access_rules: tuple[AccessRule, ...] = Field(default=(), max_length=1000)
    """The first rule that matches decides; a file that none matches takes the source's own ACL."""
    compare: Literal["status", "content"] = "status"
    """What tells a changed file: its size, inode and time, or its bytes, which all are then read.

    For the places where a modification time lies: copied volumes, some network shares, builds.
    """

    @field_validator("root")
    @classmethod
    def _require_usable_path(cls, value: Path) -> Path:
        if "\0" in str(value):
            raise ValueError("must not contain a NUL byte")
        if not value.is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @model_validator(mode="after")
    def _require_one_word_on_access(self) -> Self:
        if self.access_rules and self.access != "rules":
            raise ValueError(f"access_rules decide nothing where access is {self.access!r}")
        return self
