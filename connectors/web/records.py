"""What is known of an address since it was last asked for."""

from __future__ import annotations

import zlib
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError


class Record(BaseModel):
    """Kept between listings, so that an unchanged page is not sent again. May be lost any time."""

    # No two of them have a string in common: pydantic need not keep them for the next.
    model_config = ConfigDict(extra="forbid", frozen=True, cache_strings="keys")

    url: str
    """Where it led, after redirects: the document's id."""
    etag: str | None = None
    last_modified: str | None = None
    lastmod: str = ""
    """The sitemap's, when it was asked for."""
    revision: str | None = None
    """None: it is no document, under any address."""
    mime: str | None = None
    size_bytes: int | None = None
    updated_at: datetime | None = None
    canonical: str | None = None
    """The other address, of the source, under which the page wants to be known."""
    is_alias: bool = False
    """Whether that address was found to be right, when the page was asked for."""
    links: tuple[str, ...] = ()
    """Those that belong to the source."""

    @property
    def is_document(self) -> bool:
        return self.revision is not None and not self.is_alias

    def packed(self) -> bytes:
        return zlib.compress(self.model_dump_json().encode())

    @classmethod
    def unpack(cls, data: bytes) -> Record | None:
        """None where it is not one of ours."""
        try:
            return cls.model_validate_json(zlib.decompress(data))
        except (zlib.error, ValidationError):
            return None
