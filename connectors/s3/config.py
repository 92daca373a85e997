"""What the S3 connector needs to know."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

from connectors.access_rules import AccessRule
from connectors.selection import Glob

# Directory buckets list their keys in no order, so that a listing could not be resumed.
_DIRECTORY_BUCKET = "--x-s3"

_PRINTABLE = re.compile(r"[\x21-\x7e]+")

Prefix = Annotated[str, StringConstraints(max_length=1024)]


class S3Config(BaseModel):
    """One bucket, or the parts of it that begin with one of the prefixes.

    Globs match whole keys; `*` stays between two slashes and `**` crosses them. An object is
    listed that one of `include` matches, if there are any, and none of `exclude`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")
    prefixes: tuple[Prefix, ...] = Field(default=("",), min_length=1, max_length=100)
    include: tuple[Glob, ...] = Field(default=(), max_length=1000)
    exclude: tuple[Glob, ...] = Field(default=(), max_length=1000)
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")
    endpoint_url: str | None = Field(default=None, max_length=512)
    """Of a system that is not Amazon's, such as MinIO."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """Where the bucket's name goes: into the path, or before the host's name. `auto` puts it into
    the path of an `endpoint_url`, and otherwise where Amazon wants it."""
    anonymous: bool = False
    """Ask without credentials, as public buckets allow."""
    page_size: int = Field(default=1000, ge=1, le=1000)
    """Keys that one request lists."""
    access_rules: tuple[AccessRule, ...] = Field(default=(), max_length=1000)
    """The first rule that matches decides; an object that none matches takes the source's ACL."""

    @field_validator("bucket")
    @classmethod
    def _require_listing_order(cls, value: str) -> str:
        if value.endswith(_DIRECTORY_BUCKET):
            raise ValueError("directory buckets (S3 Express One Zone) cannot be listed in order")
        return value

    @field_validator("prefixes")
    @classmethod
    def _drop_nested(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Sorted, without those that another one includes: then keys come in order, and once."""
        kept: list[str] = []
        for prefix in sorted(value):
            if not kept or not prefix.startswith(kept[-1]):
                kept.append(prefix)
        return tuple(kept)

    @field_validator("endpoint_url")
    @classmethod
    def _require_plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("must be http://HOST or https://HOST, with a port where it needs one")
        if "@" in url.netloc or "?" in value or "#" in value:
            raise ValueError("must have no user, query or fragment")
        if url.port == 0 or not _PRINTABLE.fullmatch(value):
            raise ValueError("must have a possible port, no spaces, and ASCII characters alone")
        return value.rstrip("/")


class S3Credentials(BaseModel):
    """An access key; temporary ones come with a session token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    access_key_id: str = Field(pattern=r"^[\x21-\x7e]{1,256}$")
    secret_access_key: SecretStr = Field(min_length=1, max_length=1024)
    session_token: SecretStr | None = Field(default=None, min_length=1, max_length=16384)
