"""Documents in a bucket: one object each. Keys are opaque, and paths only because people say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.access_rules import AccessRules
from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    Coverage,
    CredentialsRefused,
    DocumentFailure,
    DocumentRef,
    ListingEnd,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import downloaded
from connectors.media_types import media_type_of
from connectors.s3.client import Page, S3Client, S3Object
from connectors.s3.config import S3Config, S3Credentials
from connectors.s3.listing import Position, remaining, scope_of
from connectors.selection import Selection

_ARCHIVED = frozenset(("GLACIER", "DEEP_ARCHIVE"))
_ARCHIVED_DETAIL = (
    "The object is in an archive storage class. Copy it to one that can be read at once; a "
    "temporary restore leaves the class as it is."
)
_TRIED_BY_CHECK = 3


class S3Connector:
    """Lists a bucket in the order of its keys and hands out its objects.

    The revision is the ETag, the size and the time of the last write. The time is there because an
    ETag returns when old content does, and a listing need not have seen what was in between.
    """

    kind: ClassVar[str] = "s3"
    config_type: ClassVar[type[BaseModel]] = S3Config
    credentials_type: ClassVar[type[BaseModel] | None] = S3Credentials
    capabilities: ClassVar[Capabilities] = Capabilities(
        reports_access=True, max_concurrent_fetches=8
    )

    def __init__(
        self, config: S3Config, credentials: S3Credentials | None, context: ConnectorContext
    ) -> None:
        self._config = config
        self._context = context
        self._scope = scope_of(config)
        self._selection = Selection(include=config.include, exclude=config.exclude)
        self._rules = AccessRules(config.access_rules)
        self._client = S3Client(
            config,
            credentials,
            context,
            # The listing goes on while documents are fetched.
            connections=self.capabilities.max_concurrent_fetches + 1,
        )

    @classmethod
    def open(
        cls, config: S3Config, credentials: S3Credentials | None, context: ConnectorContext
    ) -> Self:
        if credentials is None and not config.anonymous:
            raise SourceMisconfigured(
                "The bucket needs credentials: an access key and its secret. For a bucket that "
                "everyone may read, set `anonymous`. This machine's own are never used."
            )
        if credentials is not None and config.anonymous:
            raise SourceMisconfigured(
                "The source has credentials and says `anonymous`: only one of them can be meant."
            )
        return cls(config, credentials, context)

    def check(self) -> None:
        """One request for each prefix, and a few for objects, until one may be read."""
        candidates: list[str] = []
        for prefix in self._config.prefixes:
            page = self._client.page(prefix, after=None)
            candidates += (item.key for item in page.objects if self._is_readable_class(item))
            del candidates[_TRIED_BY_CHECK:]
        if candidates and not any(self._client.is_readable(key) for key in candidates):
            raise CredentialsRefused(
                "The bucket's objects may be listed and not be read. Grant s3:GetObject on them, "
                "and kms:Decrypt on the key that they are encrypted with."
            )

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        after = None if since is None else Position.parse(since, scope=self._scope).after
        for prefix in remaining(self._config.prefixes, after=after):
            for page in self._pages(prefix, after=after):
                yield from self._items(page)
                if page.objects:
                    after = page.objects[-1].key
                    yield Milestone(
                        checkpoint=Position(scope=self._scope, after=after).checkpoint()
                    )
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        with ExitStack() as stack:
            # Until all of it is here: half a file is thrown away, and begun again.
            yield self._client.patiently(lambda: stack.enter_context(self._downloaded(ref)))

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _downloaded(self, ref: DocumentRef) -> Iterator[Path]:
        pieces = self._client.pieces(ref.external_id)
        with (
            closing(pieces),
            downloaded(pieces, max_bytes=self._context.max_file_bytes) as path,
        ):
            yield path

    def _pages(self, prefix: str, *, after: str | None) -> Iterator[Page]:
        """Each begins after the last key of the one before, so that a resumed listing does, too.

        A continuation token would, but need not live as long as a listing that documents are
        fetched from.
        """
        token = None
        while True:
            page = self._client.page(prefix, after=after, token=token)
            keys = [item.key for item in page.objects]
            if any(earlier >= later for earlier, later in pairwise([after or "", *keys])):
                raise SourceMisconfigured(
                    "The system does not list keys in their order, without which a listing could "
                    "miss some. It is not compatible enough with S3."
                )
            yield page
            if page.next_token is None:
                return
            if keys:
                after, token = keys[-1], None
            elif page.next_token and page.next_token != token:
                token = page.next_token
            else:
                raise SourceUnavailable("The system says that there is more, and lists nothing.")

    def _items(self, page: Page) -> Iterator[ListingItem]:
        for item in page.objects:
            if not self._is_wanted(item):
                continue
            if "\0" in item.key:
                shown = item.key.replace("\0", "\\0")
                yield _failure(shown, "unusable_key", "The key has a NUL character. Rename it.")
            elif item.storage_class in _ARCHIVED:
                yield _failure(item.key, "archived", _ARCHIVED_DETAIL)
            else:
                yield self._reference(item)

    def _is_readable_class(self, item: S3Object) -> bool:
        return self._is_wanted(item) and item.storage_class not in _ARCHIVED

    def _is_wanted(self, item: S3Object) -> bool:
        if item.key.endswith("/") and item.size_bytes == 0:
            return False  # What consoles make of an empty folder.
        return self._selection.has(item.key)

    def _reference(self, item: S3Object) -> DocumentRef:
        written_at = item.updated_at.isoformat() if item.updated_at else ""
        return DocumentRef(
            external_id=item.key,
            revision=f"{item.etag}-{item.size_bytes}-{written_at}",
            path=item.key,
            uri=f"s3://{self._config.bucket}/{item.key}",
            mime=media_type_of(item.key),
            size_bytes=item.size_bytes,
            updated_at=item.updated_at,
            acl=self._rules.acl_of(item.key),
        )


def _failure(key: str, code: str, detail: str) -> DocumentFailure:
    return DocumentFailure(external_id=key, path=key, code=code, detail=detail)
