"""Documents in a WebDAV collection: one file each, in it or anywhere below."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    Coverage,
    DocumentFailure,
    DocumentRef,
    ListingEnd,
    ListingFailure,
    ListingItem,
)
from connectors.selection import Selection
from connectors.webdav.client import WebdavClient
from connectors.webdav.config import WebdavConfig, WebdavCredentials
from connectors.webdav.listing import CollectionListing
from connectors.webdav.resources import Resource


class WebdavConnector:
    """Lists collections one by one, and hands out their files.

    The external id is the server's own (`oc:fileid`) where it has one, so that a renamed file
    stays the same document; otherwise the path. The revision is the etag, or else time and length.
    """

    kind: ClassVar[str] = "webdav"
    config_type: ClassVar[type[BaseModel]] = WebdavConfig
    credentials_type: ClassVar[type[BaseModel] | None] = WebdavCredentials
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(
        self, config: WebdavConfig, credentials: WebdavCredentials | None, context: ConnectorContext
    ) -> None:
        self._scope = hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:16]
        self._selection = Selection(include=config.include, exclude=config.exclude)
        self._client = WebdavClient(config, credentials, context)

    @classmethod
    def open(
        cls, config: WebdavConfig, credentials: WebdavCredentials | None, context: ConnectorContext
    ) -> Self:
        return cls(config, credentials, context)

    def check(self) -> None:
        self._client.require_root()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        listing = CollectionListing(
            self._client,
            scope=self._scope,
            describe=self._describe,
            is_visited=self._selection.has_below,
        )
        yield from listing.items(since)
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    def fetch(self, ref: DocumentRef) -> AbstractContextManager[Path]:
        return self._client.download(ref)

    def close(self) -> None:
        self._client.close()

    def _describe(self, path: str, resource: Resource) -> Iterator[ListingItem]:
        if resource.problem is not None and resource.is_collection:
            # Whatever is below it was not listed, and need not be gone.
            yield ListingFailure(path_prefix=path, code="not_listed", detail=resource.problem)
        elif not self._selection.has(path):
            return
        elif resource.problem is not None:
            yield DocumentFailure(
                external_id=path, path=path, code="unusable_name", detail=resource.problem
            )
        else:
            yield self._reference(path, resource)

    def _reference(self, path: str, resource: Resource) -> ListingItem:
        external_id = f"fileid:{resource.file_id}" if resource.file_id else path
        if resource.revision is None:
            return DocumentFailure(
                external_id=external_id,
                path=path,
                code="no_revision",
                detail="The server gives neither etag nor time for this file, so no change of it "
                "would be noticed.",
            )
        return DocumentRef(
            external_id=external_id,
            revision=resource.revision,
            path=path,
            uri=self._client.url_of(path),
            mime=resource.mime,
            size_bytes=resource.size_bytes,
            updated_at=resource.updated_at,
        )
