"""What the tests of the filesystem connector share."""

from __future__ import annotations

from connectors.context import ConnectorContext
from connectors.contract import DocumentFailure, DocumentRef
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector

LIMIT_BYTES = 100 * 1024


def open_folder(
    config: FilesystemConfig, *, max_file_bytes: int = LIMIT_BYTES
) -> FilesystemConnector:
    context = ConnectorContext(
        source_id="source", cache_dir=config.root / "cache", max_file_bytes=max_file_bytes
    )
    return FilesystemConnector.open(config, None, context)


def references(connector: FilesystemConnector) -> dict[str, DocumentRef]:
    items = connector.discover(None)
    return {item.path: item for item in items if isinstance(item, DocumentRef)}


def failures(connector: FilesystemConnector) -> dict[str, str]:
    items = connector.discover(None)
    return {item.path: item.code for item in items if isinstance(item, DocumentFailure)}


def list_one(connector: FilesystemConnector, path: str) -> DocumentRef:
    return references(connector)[path]
