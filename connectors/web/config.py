"""What the web connector needs to know."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.http.origins import require_plain_url
from connectors.selection import Glob

URL = Annotated[str, Field(min_length=1, max_length=2000)]

_HOST = re.compile(r"([a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?P<port>:\d{1,5})?")
_OFFICE = "application/vnd.openxmlformats-officedocument"
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})


class WebConfig(BaseModel):
    """Pages that are linked from `start_urls`, directly or not, and pages that `sitemaps` name.

    Globs match the URL's path without its leading slash and without escapes; `*` stays between
    two slashes and `**` crosses them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_urls: tuple[URL, ...] = Field(default=(), max_length=100)
    """Always read for their links, and documents if the globs let them be."""
    sitemaps: tuple[URL, ...] = Field(default=(), max_length=100)
    """Sitemaps or indexes of sitemaps, packed or not."""
    allowed_hosts: tuple[str, ...] = Field(default=(), max_length=100)
    """Further hosts, `docs.acme.test` or `docs.acme.test:8443`. The URLs' own are always."""
    include: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """What may be asked for. None at all: everything."""
    exclude: tuple[Glob, ...] = Field(default=(), max_length=1000)
    """What may not; stronger than `include`."""
    max_depth: int = Field(default=10, ge=0, le=1000)
    """How many links away from a start URL. What is further away is not part of the source."""
    max_pages: int = Field(default=5_000, ge=1, le=1_000_000)
    """How many addresses a listing may ask for. One that would need more ends early, and then
    nothing counts as deleted."""
    mime_types: tuple[str, ...] = Field(
        default=(
            "text/html",
            "application/xhtml+xml",
            "application/pdf",
            "text/plain",
            "text/markdown",
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.presentationml.presentation",
            f"{_OFFICE}.spreadsheetml.sheet",
            "application/vnd.oasis.opendocument.text",
            "application/epub+zip",
        ),
        max_length=100,
    )
    """What may be a document."""
    trust_lastmod: bool = False
    """Do not ask for a page again whose `lastmod` in the sitemap is what it was."""

    @field_validator("start_urls", "sitemaps")
    @classmethod
    def _require_usable_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            require_plain_url(url, allow_http=True)
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _require_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        hosts = tuple(host.lower() for host in value)
        if not all(_is_host(host) for host in hosts):
            raise ValueError("must be names like docs.acme.test, with a port where it needs one")
        return hosts

    @field_validator("include", "exclude")
    @classmethod
    def _drop_leading_slashes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(glob.removeprefix("/") for glob in value)

    @field_validator("mime_types")
    @classmethod
    def _require_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        types = tuple(mime.lower() for mime in value)
        if not types or not all(re.fullmatch(r"[^\s/;*]+/[^\s/;*]+", mime) for mime in types):
            raise ValueError("must be media types like application/pdf")
        return types

    @model_validator(mode="after")
    def _require_a_beginning(self) -> Self:
        if not self.start_urls and not self.sitemaps:
            raise ValueError("give start_urls, sitemaps, or both")
        return self


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text)
    return found is not None and int((found["port"] or ":0")[1:]) <= 65_535
