"""What the IMAP connector needs to know."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.selection import Glob

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IMAPS_PORT = 993
_IMAP_PORT = 143

SpecialUse = Literal["all", "archive", "drafts", "flagged", "junk", "sent", "trash"]


class ImapCredentials(BaseModel):
    """A password, or an OAuth 2 access token that whoever registers the source keeps fresh."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = Field(min_length=1, max_length=1_000)
    password: SecretStr | None = Field(default=None, min_length=1, max_length=10_000)
    access_token: SecretStr | None = Field(default=None, min_length=1, max_length=100_000)

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if (self.password is None) == (self.access_token is None):
            raise ValueError("give either password or access_token")
        secret = self.password or self.access_token
        # They could end the command that carries them, and begin another.
        if secret is not None and _CONTROL.search(self.username + secret.get_secret_value()):
            raise ValueError("no control characters")
        return self


class ImapConfig(BaseModel):
    """One mailbox."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")
    port: int | None = Field(default=None, ge=1, le=65_535)
    """None: 993 for implicit TLS, else 143."""
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    allow_plain: bool = False
    """Whether `tls` may be "none", which sends the password for all to read."""
    include: tuple[Glob, ...] = Field(default=("**",), min_length=1, max_length=200)
    """Globs of folders, with "/" between their names (`**` crosses "/"). One without a wildcard
    names a folder that there must be.
    """
    exclude: tuple[Glob, ...] = Field(default=(), max_length=200)
    skip_special: tuple[SpecialUse, ...] = ("all", "drafts", "flagged", "junk", "trash")
    """Folders that the server gives one of these roles (RFC 6154), and those below them."""
    since: date | None = None
    """Messages that arrived before this day are left out."""
    min_image_bytes: int = Field(default=50_000, ge=0)
    """Smaller pictures inside a text, such as logos, are left out."""

    @model_validator(mode="after")
    def _require_consent(self) -> Self:
        if self.tls == "none" and not self.allow_plain:
            raise ValueError("tls none sends the password in the clear: set allow_plain to do so")
        return self

    @property
    def port_number(self) -> int:
        return self.port or (_IMAPS_PORT if self.tls == "implicit" else _IMAP_PORT)
