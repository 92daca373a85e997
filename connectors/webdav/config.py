"""What the WebDAV connector needs to know."""

from __future__ import annotations

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.http.origins import require_plain_url
from connectors.selection import Glob

_TOKEN = re.compile(r"[\x21-\x7e]+")


class WebdavConfig(BaseModel):
    """One collection with all that is below it. Globs match paths relative to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1, max_length=2000)
    """Of the collection, as a WebDAV client takes it."""
    allow_http: bool = False
    """Speak without encryption, credentials included."""
    include: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """Which files are documents. None at all: every one."""
    exclude: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """Which are not; a glob that ends in `/**` leaves the collection unvisited."""

    @model_validator(mode="after")
    def _require_usable_url(self) -> Self:
        if require_plain_url(self.url, allow_http=self.allow_http).query:
            raise ValueError("the url must not have a query")
        return self


class WebdavCredentials(BaseModel):
    """A user name with a password, or a bearer token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str | None = Field(
        default=None, min_length=1, max_length=500, pattern=r"^[^:\x00-\x1f]+$"
    )
    password: SecretStr | None = Field(default=None, min_length=1, max_length=1000)
    """Where the system has them, an app password: it can be revoked by itself."""
    token: SecretStr | None = Field(default=None, min_length=1, max_length=10_000)

    @model_validator(mode="after")
    def _require_one_way(self) -> Self:
        has_pair = self.username is not None and self.password is not None
        has_half = (self.username is None) != (self.password is None)
        if has_half or has_pair == (self.token is not None):
            raise ValueError("give username and password, or token alone")
        if self.token is not None and not _TOKEN.fullmatch(self.token.get_secret_value()):
            raise ValueError("the token has a character that no bearer token has")
        return self
