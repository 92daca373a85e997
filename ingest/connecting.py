"""Opening a source's connector, with what the source is allowed and what it must keep to."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.context import ConnectorContext
from connectors.contract import Connector
from connectors.egress import EgressPolicy
from connectors.pacing import Pacer
from connectors.registry import load_connector_type, open_connector
from core.catalog.models import Source
from core.credentials import CredentialStore
from core.uploads import UploadStore


class SourceConnections:
    """Opens connectors for workers. Safe to use from several threads."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        uploads: UploadStore,
        cache_dir: Path,
        max_file_bytes: int,
        timeout_s: float,
    ) -> None:
        self._credentials = credentials
        self._uploads = uploads
        self._cache_dir = cache_dir
        self._max_file_bytes = max_file_bytes
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._pacers: dict[tuple[str, float | None], Pacer] = {}

    @contextmanager
    def open(self, source: Source) -> Iterator[Connector]:
        """The source's connector, closed at the end of the block.

        Raises UnknownConnectorKind, MissingExtra, SourceMisconfigured, and what reading the
        credentials raises.
        """
        cache_dir = self._cache_dir / source.id
        cache_dir.mkdir(parents=True, exist_ok=True)
        context = ConnectorContext(
            source_id=source.id,
            cache_dir=cache_dir,
            egress=EgressPolicy(allow_private=source.allow_private_network),
            pacer=self._pacer(source),
            max_file_bytes=self._max_file_bytes,
            timeout_s=self._timeout_s,
            uploads=self._uploads,
        )
        connector = open_connector(
            source.kind,
            source.config,
            credentials=self._credentials.find(source.id),
            context=context,
        )
        try:
            yield connector
        finally:
            connector.close()

    def forget(self, source_id: str) -> None:
        """Delete what is kept for the source beside the catalog: its cache, and what was pushed."""
        shutil.rmtree(self._cache_dir / source_id, ignore_errors=True)
        self._uploads.remove_source(source_id)

    def _pacer(self, source: Source) -> Pacer:
        """One for all jobs of the source in this process; a new one when its rate is changed."""
        capabilities = load_connector_type(source.kind).capabilities
        rate = source.max_requests_per_s or capabilities.max_requests_per_s
        with self._lock:
            return self._pacers.setdefault((source.id, rate), Pacer(rate))
