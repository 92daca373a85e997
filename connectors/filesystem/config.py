"""What the filesystem connector needs to know."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from core.access import parse_acl


class AccessRule(BaseModel):
    """Who may read files whose path, relative to the root, matches `glob` (`**` crosses "/")."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    glob: str
    allow: tuple[str, ...]

    @field_validator("allow")
    @classmethod
    def _parse_allow(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return parse_acl(value)


class FilesystemConfig(BaseModel):
    """A folder on the machine that runs the workers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Path
    access_rules: tuple[AccessRule, ...] = ()
    """The first rule that matches decides; a file that none matches takes the source's own ACL."""

    @field_validator("root")
    @classmethod
    def _require_absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("must be an absolute path")
        return value
