"""What the git connector needs to know."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from dulwich.refs import Ref, check_ref_format
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.selection import Glob

_BRANCH_PREFIX = "refs/heads/"
_LOCAL_HOSTS = ("", "localhost")


class GitConfig(BaseModel):
    """One branch of one repository. Globs match the path from the repository's root."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1, max_length=2000)
    """https://, http://; or, with `allow_local`, file:// or an absolute path on this machine."""
    allow_local: bool = False
    branch: str | None = Field(default=None, max_length=500)
    """None: the one that the server calls its default (HEAD)."""
    subtree: str = Field(default="", max_length=1000)
    """Only what lies in this folder; "" is all of it."""
    include: tuple[Glob, ...] = Field(default=(), max_length=100)
    """None at all: everything."""
    exclude: tuple[Glob, ...] = Field(default=(), max_length=100)
    """Stronger than `include`."""
    max_clone_bytes: int = Field(default=2 * 1024**3, ge=1024**2, le=1024**4)
    """For one download of the branch with its history."""

    @property
    def is_local(self) -> bool:
        """Whether it reads this machine's own files."""
        return not _is_web(self.url)

    @property
    def local_path(self) -> Path:
        """Where a local repository is."""
        if self.url.startswith("/"):
            return Path(self.url)
        return Path(unquote(urlsplit(self.url).path))

    @field_validator("url")
    @classmethod
    def _require_understood(cls, value: str) -> str:
        # No message repeats the value: someone may have put a password into it.
        if any(char.isspace() or not char.isprintable() for char in value):
            raise ValueError("must not contain spaces or control characters")
        if value.startswith("/"):
            return value
        parts = urlsplit(value)
        if _is_web(value):
            if "@" in parts.netloc:
                raise ValueError("must not contain a user name or password: give `credentials`")
            if not parts.hostname or parts.query or parts.fragment:
                raise ValueError("must be https://HOST/PATH")
            _ = parts.port  # Raises ValueError where it is not a number.
        elif parts.scheme != "file" or parts.netloc not in _LOCAL_HOSTS or not parts.path:
            raise ValueError(
                "must begin with https://, http:// or file:///; ssh is not supported: "
                "use https with a token"
            )
        return value.rstrip("/")

    @field_validator("branch")
    @classmethod
    def _require_branch_name(cls, value: str | None) -> str | None:
        if value is None:
            return None
        name = value.removeprefix(_BRANCH_PREFIX)
        if not check_ref_format(Ref(f"{_BRANCH_PREFIX}{name}".encode())):
            raise ValueError("is not a name that git allows for a branch")
        return name

    @field_validator("subtree")
    @classmethod
    def _normalise_subtree(cls, value: str) -> str:
        path = value.strip("/")
        if path and any(part in {"", ".", ".."} for part in path.split("/")):
            raise ValueError("must be a folder's path from the repository's root, such as docs/hr")
        return path

    @model_validator(mode="after")
    def _require_permission_for_this_machine(self) -> Self:
        if self.is_local and not self.allow_local:
            raise ValueError(
                "this url reads the server's own files, which an admin must allow: allow_local"
            )
        return self


class GitCredentials(BaseModel):
    """For HTTP basic authentication. Forges take an access token in the password's place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = Field(default="git", min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f]+$")
    """Most forges ignore it beside a token; GitLab's deploy tokens have one of their own."""
    token: SecretStr = Field(min_length=1, max_length=10_000)


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}
